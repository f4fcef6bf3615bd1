// The draft of a form: stored in this browser from the first keystroke until it is saved or discarded, with the id of
// the future record, so that it becomes one record however often it is sent.

import { recall, remember } from '$face/memory';
import { newId } from '$lib/browser/create_once';

import type { Values } from './form';

export interface Draft {
	id: string;
	values: Values; // only those that were changed
}

const keyOf = (form: string) => `form:${form}`;

export const hasDraft = (form: string) => recall(keyOf(form)) !== '';

/** Returns the stored draft, or an empty one. */
export function draftOf(form: string): Draft {
	try {
		return JSON.parse(recall(keyOf(form))) as Draft;
	} catch {
		return { id: newId(), values: {} };
	}
}

export function keepDraft(form: string, draft: Draft): void {
	remember(keyOf(form), Object.keys(draft.values).length > 0 ? JSON.stringify(draft) : '');
}

export function dropDraft(form: string): void {
	remember(keyOf(form), '');
}

/** Whether another tab has just saved or discarded the same draft. */
export const isDropped = (form: string, { key, newValue }: StorageEvent) =>
	Boolean(key?.endsWith(keyOf(form))) && !newValue;

/** The name of the form of a record, or of a new one in a project. */
export const formName = (collection: string, record = '', project = '') =>
	`${collection}-${record || `new-${project}`}`;
