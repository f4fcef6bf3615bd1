// The parts of a short form. Its values are text, as in the fields; they are converted when they are sent.

import { isoDayOf } from '$lib/time/times';

import { words } from './words';

export type Values = Record<string, string>;

export interface Field {
	name: string;
	label: string;
	as?: 'line' | 'email' | 'number' | 'date' | 'text' | 'choice';
	choices?: { value: string; label: string }[];
	help?: string;
	isRequired?: boolean;
	maxChars?: number;
	rows?: number;
	isMarkdown?: boolean; // and thus has a preview
}

/** The callbacks at the end of a form. */
export interface Ends<T> {
	done: (record: T) => unknown;
	cancel: () => unknown;
}

/** The properties of a form in a project; without a record it creates one. */
export interface Of<T> extends Ends<T> {
	project: string;
	record?: T;
}

/** Errors by field; '' is the form as a whole. */
export type Faults = Record<string, string>;

/** Checks the values before they are sent. `isWhole` says whether a date field has a complete date. */
export function check(fields: Field[], values: Values, isWhole: (field: string) => boolean): Faults {
	const faults: Faults = {};
	for (const { name, label, as, isRequired, maxChars } of fields) {
		const value = values[name]?.trim() ?? '';
		const chars = [...value].length;
		if (as === 'date' && !isWhole(name)) faults[name] = words.notADate(label);
		else if (isRequired && !value) faults[name] = as === 'choice' ? words.choose(label) : words.missing(label);
		else if (maxChars && chars > maxChars) faults[name] = words.tooLong(label, chars - maxChars);
		else if (as === 'number' && value && !/^\d+$/.test(value)) faults[name] = words.notANumber(label);
	}
	return faults;
}

/** The server's refusals by field, or for the whole form if the form has no such field. */
export function faultsOf(failure: unknown, fields: Field[], sentence: string): Faults {
	const data = (failure as { response?: { data?: Record<string, { message?: string }> } })?.response?.data ?? {};
	const known = fields
		.filter(({ name }) => data[name]?.message)
		.map(({ name, label }) => [name, words.refused(label, data[name]!.message!)]);
	return known.length > 0 ? Object.fromEntries(known) : { '': sentence };
}

/** The values that differ from the initial ones. Only these are sent, so that nobody else's change is undone. */
export function changes(from: Values, to: Values): Values {
	return Object.fromEntries(Object.entries(to).filter(([name, value]) => value !== from[name]));
}

const maxTitleChars = 500;
const maxTextChars = 10_000;

export const title: Field = { name: 'title', label: words.title, isRequired: true, maxChars: maxTitleChars };
export const description: Field = {
	name: 'description',
	label: words.description,
	as: 'text',
	maxChars: maxTextChars,
	isMarkdown: true
};
export const dueDate: Field = { name: 'dueDate', label: words.dueDate, as: 'date' };

/** Choices by their values. */
export function choicesOf(named: Record<string, string>): { value: string; label: string }[] {
	return Object.entries(named).map(([value, label]) => ({ value, label }));
}

/** The fields' values for a record. Whole days are stored as midnight UTC, and so are the same everywhere. */
export function valuesOf(fields: Field[], record: object): Values {
	const text = ({ name, as }: Field): string => {
		const value = String((record as Record<string, unknown>)[name] ?? '');
		if (as === 'date') return value && isoDayOf(value);
		return as === 'number' && value === '0' ? '' : value;
	};
	return Object.fromEntries(fields.map((field) => [field.name, text(field)]));
}

/** The values in the form in which they are stored. */
export function storedOf(fields: Field[], values: Values): Record<string, unknown> {
	const stored = (value: string, as?: Field['as']) => {
		if (as === 'date') return value && `${value} 00:00:00.000Z`;
		return as === 'number' ? Number(value) : value;
	};
	return Object.fromEntries(
		Object.entries(values).map(([name, value]) => [
			name,
			stored(value, fields.find((field) => field.name === name)?.as)
		])
	);
}

/** The lines of a text that are not empty. */
export const linesOf = (text: string) =>
	text
		.split('\n')
		.map((line) => line.trim())
		.filter(Boolean);
