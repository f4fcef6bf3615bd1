// The parts of the dashboard that the corrections use, beyond those of the Studio.

import type { CollectionModel } from 'pocketbase';

import type { Dashboard } from '../dashboard';

export interface Stock extends Dashboard {
	store: Dashboard['store'] & {
		collections: CollectionModel[];
		activeCollection?: CollectionModel; // the collection whose records are listed
	};
	modals: { close(): Promise<void>; getTop(): HTMLElement | undefined };
}

/** The fields that identify a record in a list, the best first. */
export const titlesOf = (collection?: CollectionModel) => [
	...(collection?.fields.filter(({ presentable }) => presentable).map(({ name }) => name) ?? []),
	'id'
];

declare global {
	/** Shablon's: runs a function now and at each change of the store that it reads. */
	function watch(depends: () => unknown): void;
}
