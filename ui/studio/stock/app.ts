// What the mends ask of the dashboard, beyond what the Studio does.

import type { CollectionModel } from 'pocketbase';

import type { Dashboard } from '../dashboard';

export interface Stock extends Dashboard {
	store: Dashboard['store'] & {
		collections: CollectionModel[];
		activeCollection?: CollectionModel; // the one whose records are listed
	};
	modals: { close(): Promise<void>; getTop(): HTMLElement | undefined };
}

/** The fields that say which record it is, the most telling first: what a list of records is read by. */
export const titlesOf = (collection?: CollectionModel) => [
	...(collection?.fields.filter(({ presentable }) => presentable).map(({ name }) => name) ?? []),
	'id'
];

declare global {
	/** Shablon's: runs what depends on the dashboard's store, now and at each change. */
	function watch(depends: () => unknown): void;
}
