// The times that are free, fetched anew all the while: a time that goes takes no more along than the choice of it.

import { tick } from 'svelte';

import { announce } from '$lib/live/announce.svelte';
import { sentenceOf } from '$lib/text/sentence';
import type { Booking } from '$lib/types';
import { as, pb } from '$face/session.svelte';
import { studio } from '$face/studio';

import { clockOf, dateIn, daysOf, differs, readerZone, type Offer } from './offer';
import { words } from './words';

const daysAhead = 31; // with today
const everyMinute = 60_000; // milliseconds

export class FreeTimes {
	/** How long a meeting is wanted, in minutes; 0 while nobody has said. */
	duration = $state(0);
	/** The start of the chosen time, as the offer has it. */
	chosen = $state('');
	/** Set while the choice is being sent: that it goes from the list meanwhile is not said. */
	sending = $state(false);
	fault = $state('');
	reading = $state(false);
	offer = $state.raw<Offer>();
	zones = $state.raw({ reader: readerZone(), studio: studio.timeZone });

	days = $derived(this.offer ? daysOf(this.offer, this.zones) : []);
	slot = $derived(this.days.flatMap(({ times }) => times).find(({ start }) => start === this.chosen));
	/** Whether the reader's clock is another than the studio's, now or at a time that is free. */
	elsewhere = $derived(
		differs(this.zones, new Date()) || this.days.some(({ times }) => differs(this.zones, new Date(times[0]!.start)))
	);

	#moving: Booking | undefined;
	#lost: () => void;
	#asked = 0; // only the latest question's answer counts
	#isOver = false;

	/** `lost` is called where what had the focus is no longer free. */
	constructor(moving: Booking | undefined, lost: () => void) {
		this.#moving = moving;
		this.#lost = lost;
	}

	/** Fetches what is free. Quietly, it leaves the list as it is where there is no answer. */
	async read({ quietly = false } = {}): Promise<void> {
		if (!this.duration || this.#isOver) return;
		const mine = ++this.#asked;
		this.reading = !quietly;
		try {
			const fresh = await pb.send<Offer>('/api/portal/availability', {
				requestKey: null,
				query: {
					from: dateIn(studio.timeZone, new Date()),
					days: daysAhead,
					duration: this.duration,
					...(this.#moving && { moving: this.#moving.id }),
					...(as && { as })
				}
			});
			if (mine !== this.#asked || this.#isOver) return;
			await this.#show(fresh);
			this.fault = '';
			const free = this.days.reduce((sum, { times }) => sum + times.length, 0);
			if (!quietly) announce(words.found(free, this.days.length));
		} catch (failure) {
			if (mine !== this.#asked || quietly) return;
			this.offer = undefined;
			this.chosen = '';
			this.fault = sentenceOf(failure);
		} finally {
			if (mine === this.#asked) this.reading = false;
		}
	}

	// The fresh list takes the place of the old one. A choice that is no longer free is taken back, and said.
	async #show(fresh: Offer): Promise<void> {
		const focused = document.activeElement;
		const before = this.slot;
		this.zones = { reader: readerZone(), studio: fresh.timezone };
		this.offer = fresh;
		if (before && !this.slot) {
			this.chosen = '';
			if (!this.sending) announce(words.gone(clockOf(this.zones, new Date(before.start))));
		}
		await tick();
		if (focused && focused !== document.body && !focused.isConnected) this.#lost();
	}

	/** The choice was taken by somebody else meanwhile: the list is fetched without a word, for who asked is told. */
	async taken(): Promise<void> {
		this.chosen = '';
		await this.read({ quietly: true });
		await tick();
	}

	/** No list is wanted any more. */
	end(): void {
		this.#isOver = true;
	}

	/** Keeps the list fresh while the page is looked at, until the returned function is called. */
	watch(): () => void {
		const again = () => void (document.visibilityState === 'visible' && this.read({ quietly: true }));
		const timer = setInterval(again, everyMinute);
		document.addEventListener('visibilitychange', again);
		return () => {
			clearInterval(timer);
			document.removeEventListener('visibilitychange', again);
		};
	}
}
