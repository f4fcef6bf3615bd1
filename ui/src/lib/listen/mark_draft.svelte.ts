// What is being written about a moment: words and moment outlive a reload and a failed send.

import { recall, remember } from '$face/memory';
import { newId } from '$lib/browser/once';

import { clock, parseClock } from './clock';
import { words } from './words';

const say = words.form;

interface Kept {
	id: string; // of the comment that it becomes, so that a second try finds the first
	attachment: string;
	atMs: number;
	from: string;
	until: string;
	untilMs: number; // what “until” stands for as long as it is left as it was filled in
	body: string;
}

type Wrong = { wrong: 'from' | 'until'; words: string };

const none: Kept = { id: '', attachment: '', atMs: 0, from: '', until: '', untilMs: 0, body: '' };

export class MarkDraft implements Kept {
	id = $state('');
	attachment = $state('');
	atMs = $state(0);
	from = $state('');
	until = $state('');
	untilMs = $state(0);
	body = $state('');

	#key: string;

	constructor(deliverable: string) {
		this.#key = `draft:mark-${deliverable}`;
		try {
			Object.assign(this, JSON.parse(recall(this.#key)) as Kept);
		} catch {
			// nothing was being written
		}
	}

	keep(): void {
		const { id, attachment, atMs, from, until, untilMs, body } = this;
		const kept: Kept = { id, attachment, atMs, from, until, untilMs, body };
		remember(this.#key, body || until ? JSON.stringify(kept) : '');
	}

	/** Empties it, at once: the form goes, and its effects with it. */
	forget(): void {
		Object.assign(this, none);
		this.keep();
	}

	/** Begins a comment at a moment; one that is being written keeps its words and its moment. */
	begin(attachment: string, atMs: number): void {
		if (!this.body) Object.assign(this, none, { id: newId(), attachment, atMs, from: clock(atMs) });
	}

	/** Lets the stretch end at a place, in milliseconds. */
	endAt(placeMs: number): void {
		this.untilMs = Math.floor(placeMs);
		this.until = clock(this.untilMs);
	}

	/** The moment or stretch that is meant, or which field is wrong and why; lengthMs is 0 where nobody knows it. */
	moments(lengthMs: number): { atMs: number; untilMs: number } | Wrong {
		const atMs = momentOf(this.from, this.atMs);
		if (atMs === undefined) return { wrong: 'from', words: say.noMoment };
		const hasEnd = this.until.trim() !== '';
		const untilMs = hasEnd ? momentOf(this.until, this.untilMs) : 0;
		if (untilMs === undefined) return { wrong: 'until', words: say.noMoment };
		if (hasEnd && untilMs <= atMs) return { wrong: 'until', words: say.backwards };
		if (lengthMs && atMs > lengthMs) return { wrong: 'from', words: say.beyond(clock(lengthMs)) };
		if (lengthMs && untilMs > lengthMs) return { wrong: 'until', words: say.beyond(clock(lengthMs)) };
		return { atMs, untilMs };
	}
}

// A moment that was taken by pressing is exact; one that somebody wrote is what they wrote.
function momentOf(text: string, exact: number): number | undefined {
	return text.trim() === clock(exact) ? exact : parseClock(text);
}
