// Free times, which are fetched repeatedly. If a time is taken meanwhile, only the choice of it is lost.

import { tick } from 'svelte';

import { announce } from '$lib/live/announce.svelte';
import { sentenceOf } from '$lib/text/sentence';
import type { Booking } from '$lib/types';
import { as, pb } from '$face/session.svelte';
import { studio } from '$face/studio';

import { clockOf, dateIn, daysOf, differs, readerZone, type Offer } from './offer';
import { words } from './words';

const daysAhead = 31; // including today
const everyMinute = 60_000; // milliseconds

export class FreeTimes {
	/** The wanted length of the meeting in minutes; 0 until it is chosen. */
	duration = $state(0);
	/** The start of the chosen time, as in the offer. */
	chosen = $state('');
	/** Set while the choice is being sent. Its own disappearance from the list is then not announced. */
	sending = $state(false);
	fault = $state('');
	reading = $state(false);
	offer = $state.raw<Offer>();
	zones = $state.raw({ reader: readerZone(), studio: studio.timeZone });

	days = $derived(this.offer ? daysOf(this.offer, this.zones) : []);
	slot = $derived(this.days.flatMap(({ times }) => times).find(({ start }) => start === this.chosen));
	/** Whether the reader's clock differs from the studio's, now or at a free time. */
	elsewhere = $derived(
		differs(this.zones, new Date()) || this.days.some(({ times }) => differs(this.zones, new Date(times[0]!.start)))
	);

	#moving: Booking | undefined;
	#lost: () => void;
	#asked = 0; // only the answer to the latest request counts
	#isOver = false;

	/** `lost` is called if the focused time is no longer free. */
	constructor(moving: Booking | undefined, lost: () => void) {
		this.#moving = moving;
		this.#lost = lost;
	}

	/** Fetches the free times. With `quietly`, a failure leaves the list as it is. */
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

	// Replaces the list. A choice that is no longer free is withdrawn, with an announcement.
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

	/**
	 * Fetches the list without an announcement after the chosen time was taken by somebody else; the caller tells the
	 * reader.
	 */
	async taken(): Promise<void> {
		this.chosen = '';
		await this.read({ quietly: true });
		await tick();
	}

	/** Ends all fetching. */
	end(): void {
		this.#isOver = true;
	}

	/** Fetches the list every minute while the page is visible, until the returned function is called. */
	watch(): () => void {
		const again = () => {
			if (document.visibilityState === 'visible' && !this.reading) void this.read({ quietly: true });
		};
		const timer = setInterval(again, everyMinute);
		document.addEventListener('visibilitychange', again);
		return () => {
			clearInterval(timer);
			document.removeEventListener('visibilitychange', again);
		};
	}
}
