// What is written in a form and not yet saved: kept in this browser from the first keystroke until it is saved or given
// up, with the id that the record will have, so that it becomes one record however often it is sent.

import { recall, remember } from '$face/memory';
import { newId } from '$lib/browser/once';

import type { Values } from './form';

export interface Draft {
	id: string;
	values: Values; // those alone that were changed
}

const keyOf = (form: string) => `form:${form}`;

export const hasDraft = (form: string) => recall(keyOf(form)) !== '';

/** What was being written, or an empty beginning. */
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

/** Whether another tab has just saved the same draft, or given it up. */
export const isDropped = (form: string, { key, newValue }: StorageEvent) =>
	Boolean(key?.endsWith(keyOf(form))) && !newValue;

/** What the form of a record is called, or of a new one in a project. */
export const formName = (collection: string, record = '', project = '') =>
	`${collection}-${record || `new-${project}`}`;
