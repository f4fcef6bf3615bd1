// Moves through the marks of a recording: to the next or previous one, by steps, and in a repeated passage.

import { tick } from 'svelte';

import { announce } from '$lib/live/announce.svelte';
import { recall, remember } from '$face/memory';
import type { Comment } from '$lib/types';

import { clock } from './clock';
import type { Deck } from './deck.svelte';
import { words } from './words';

const reactionMs = 1500; // within these after a mark, “previous” means the one before it
const nearMs = 50; // a place this near to a mark counts as the mark's

export class Walk {
	/** Whether marks are announced as they are passed. */
	speaks = $state(recall('speak-marks') === 'on');

	#deck: Deck;
	#marks: () => Comment[];

	constructor(deck: Deck, marks: () => Comment[]) {
		this.#deck = deck;
		this.#marks = marks;
		deck.onPassed = (from, until) => {
			if (!this.speaks) return;
			for (const mark of marks()) if (mark.atMs >= from && mark.atMs < until) announce(line(mark));
		};
	}

	chooseSpeaking(speaks: boolean): void {
		this.speaks = speaks;
		remember('speak-marks', speaks ? 'on' : '');
	}

	step(ms: number): void {
		this.#deck.step(ms);
		const text = clock(this.#deck.placeMs);
		if (!this.#deck.playing) announce({ key: 'place', text: () => text }); // while it plays, the place can be heard
	}

	next(): void {
		const { placeMs } = this.#deck;
		this.#goTo(
			this.#marks().find(({ atMs }) => atMs > placeMs + nearMs),
			words.noNext(clock(placeMs))
		);
	}

	previous(): void {
		const { placeMs, playing } = this.#deck;
		this.#goTo(
			this.#marks().findLast(({ atMs }) => atMs < placeMs - (playing ? reactionMs : nearMs)),
			words.noPrevious(clock(placeMs))
		);
	}

	#goTo(mark: Comment | undefined, none: string): void {
		if (!mark) return announce(none);
		this.#deck.seek(mark.atMs);
		const text = line(mark);
		if (!this.#deck.playing || this.speaks) announce({ key: 'place', text: () => text });
	}

	/** Repeats the passage that contains the place, or else the one before it. */
	repeatHere(): void {
		const deck = this.#deck;
		const stretches = this.#marks().filter(({ untilMs }) => untilMs > 0);
		const mark =
			stretches.findLast(({ atMs, untilMs }) => deck.placeMs >= atMs - nearMs && deck.placeMs <= untilMs) ??
			stretches.findLast(({ atMs }) => atMs <= deck.placeMs);
		if (!mark) return announce(words.nothingToRepeat);
		deck.repeat(mark);
		announce(words.repeats(clock(mark.atMs), clock(mark.untilMs)));
	}

	async stopLoop(): Promise<void> {
		this.#deck.loop = undefined;
		announce(words.repeatsNot);
		await tick();
	}
}

const line = (mark: Comment) => words.line(words.at(mark.atMs, mark.untilMs, clock), mark.authorName, mark.body);
