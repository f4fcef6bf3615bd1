// The draft of a comment about a moment. Text and moment survive a reload and a failed attempt.

import { recall, remember } from '$face/memory';
import { newId } from '$lib/browser/create_once';

import { clock, parseClock } from './clock';
import { words } from './words';

const say = words.form;

interface Kept {
	id: string; // id of the future comment, by which a second attempt finds the first
	attachment: string;
	atMs: number;
	from: string;
	until: string;
	untilMs: number; // exact value of “until” while its field is unchanged
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

	/** Empties the draft at once, because the form disappears with its effects. */
	forget(): void {
		Object.assign(this, none);
		this.keep();
	}

	/** Begins a comment at a moment. A comment that has been begun keeps its text and moment. */
	begin(attachment: string, atMs: number): void {
		if (!this.body) Object.assign(this, none, { id: newId(), attachment, atMs, from: clock(atMs) });
	}

	/** Sets the end of the passage, in milliseconds. */
	endAt(placeMs: number): void {
		this.untilMs = Math.floor(placeMs);
		this.until = clock(this.untilMs);
	}

	/** Returns the moment or passage, or which field is wrong and why. lengthMs is 0 if it is unknown. */
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

// A moment taken by a button is exact; one that somebody typed is used as it was typed.
function momentOf(text: string, exact: number): number | undefined {
	return text.trim() === clock(exact) ? exact : parseClock(text);
}
