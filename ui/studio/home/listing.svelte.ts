// A list that is filtered, sorted and shown in pages of a hundred, and whose state is stored.

import { announce } from '$lib/live/announce.svelte';

import { recall, remember } from '$face/memory';
import { match } from '../palette/match';
import { words } from '../words';

const atOnce = 100;
const collator = new Intl.Collator('en-GB', { numeric: true, sensitivity: 'base' });

interface Kept {
	text?: string;
	by?: string;
	descending?: boolean;
	choices?: Record<string, string>;
}

/** The words of a listing. The first column names the row. */
export interface ListingWords {
	title: string;
	caption: string;
	headers: Record<string, string>;
	none: string;
	noMatch: string;
	shown: (n: number) => string;
	shownOf: (n: number, total: number) => string;
	firstOf: (shown: number, n: number) => string;
}

export class Listing<T> {
	text = $state('');
	by = $state('');
	descending = $state(false);
	choices = $state<Record<string, string>>({});
	#limit = $state(atOnce);

	/** All rows that match the filters, in order. */
	found: T[] = $derived.by(() => {
		const rows = match(this.of.rows(this.choices), this.text, this.of.textOf);
		const value = this.of.order[this.by];
		return value ? sorted(rows, value, this.descending) : rows;
	});
	shown: T[] = $derived(this.found.slice(0, this.#limit));
	hidden = $derived(this.found.length - this.shown.length);
	/** The number of rows that more() would add. */
	nextCount = $derived(Math.min(atOnce, this.hidden));

	constructor(
		private name: string,
		private of: {
			rows: (choices: Record<string, string>) => T[];
			textOf: (row: T) => string;
			order: Record<string, (row: T) => string | number>;
			by: string;
			choices: Record<string, string>;
			count: (n: number) => string;
			isOld?: () => boolean; // whether the rows do not yet match the filters
		}
	) {
		const kept = this.#kept();
		this.text = kept.text ?? '';
		this.by = kept.by && kept.by in of.order ? kept.by : of.by;
		this.descending = kept.descending ?? false;
		this.choices = { ...of.choices, ...kept.choices };
	}

	get isNarrowed(): boolean {
		return this.text !== '' || Object.entries(this.of.choices).some(([name, value]) => this.choices[name] !== value);
	}

	/** The text by which a row is sorted in a column. */
	textIn(column: string, row: T): string {
		return String(this.of.order[column]?.(row) ?? '');
	}

	/** Called when a filter has changed. */
	change(): void {
		this.#limit = atOnce;
		this.#keep();
		this.tell();
	}

	/** Announces how many rows match, unless they are still being loaded. */
	tell(): void {
		announce({ key: this.name, text: () => (this.of.isOld?.() ? '' : this.of.count(this.found.length)) });
	}

	widen(): void {
		this.text = '';
		this.choices = { ...this.of.choices };
		this.change();
	}

	sortBy(column: string, label: string): void {
		this.descending = column === this.by && !this.descending;
		this.by = column;
		this.#keep();
		announce({ key: `${this.name} order`, text: () => words.table.sorted(label, this.descending) });
	}

	more(): void {
		this.#limit += atOnce;
	}

	#keep(): void {
		const { text, by, descending, choices } = this;
		remember(this.name, JSON.stringify({ text, by, descending, choices } satisfies Kept));
	}

	#kept(): Kept {
		try {
			return JSON.parse(recall(this.name) || '{}') as Kept;
		} catch {
			return {};
		}
	}
}

/** Sorts rows; those without a value are last in either direction. */
function sorted<T>(rows: T[], value: (row: T) => string | number, descending: boolean): T[] {
	const sign = descending ? -1 : 1;
	return rows
		.map((row) => ({ row, value: value(row) }))
		.sort(({ value: a }, { value: b }) => {
			if (a === '' || b === '') return Number(a === '') - Number(b === '');
			return sign * (typeof a === 'number' ? a - Number(b) : collator.compare(a, String(b)));
		})
		.map(({ row }) => row);
}
