// Plays the versions of one recording, each by its own native player, one at a time.
//
// A switch keeps the place: the current version continues until the other player is positioned a moment ahead of it,
// starts when that moment comes, and is then paused. All versions are played equally loud: by the loudness that the
// server measured, the louder ones are turned down.

import { tick } from 'svelte';

import type { Attachment } from '$lib/types';

import { loaded, moveTo, switchOver } from './switch_over';

/** A passage that is repeated, in milliseconds. */
export interface Stretch {
	atMs: number;
	untilMs: number;
}

const quietest = -50; // LUFS; a quieter version is not used for matching levels
const slackMs = 250; // around a passage, which still counts as inside it

export class Deck {
	versions: Attachment[] = $state([]);
	active = $state('');
	playing = $state(false);
	placeMs = $state(0);
	loop = $state<Stretch>();
	matched = $state(true);
	rate = $state(1);
	/** Whether the other versions are loaded as well, which begins when one is first played. */
	ahead = $state(false);

	#players = new Map<string, HTMLAudioElement>();
	#volume = 1; // as the listener set it
	#switching = false;
	#frame = 0;
	#heard = 0; // the place that onPassed was last called with

	/** Called with each span of time that was played. */
	onPassed: (fromMs: number, untilMs: number) => void = () => undefined;

	get player(): HTMLAudioElement | undefined {
		return this.#players.get(this.active);
	}

	get version(): Attachment | undefined {
		return this.versions.find(({ id }) => id === this.active);
	}

	/** The length of the current version in milliseconds; 0 while it is unknown. */
	get lengthMs(): number {
		const seconds = this.player?.duration ?? NaN;
		return Number.isFinite(seconds) ? Math.floor(seconds * 1000) : (this.version?.durationMs ?? 0);
	}

	/** The decibels by which a version is turned down. */
	turnedDown({ lufs }: Attachment): number {
		const known = this.versions.map((version) => version.lufs ?? 0).filter(isLoudness);
		if (!this.matched || !isLoudness(lufs ?? 0)) return 0;
		return (lufs ?? 0) - Math.min(...known);
	}

	/** Controls a version's player until the returned function is called. */
	hold(id: string, player: HTMLAudioElement): () => void {
		this.#players.set(id, player);
		const listeners: [string, () => void][] = [
			['play', () => this.#started(id)],
			['pause', () => this.#stopped(id)],
			['ended', () => this.#ended(id)],
			['seeked', () => this.#moved(id)],
			['timeupdate', () => this.#look(id)],
			['loadedmetadata', () => this.#setVolume(id)],
			['volumechange', () => this.#volumeChanged(id)],
			['ratechange', () => id === this.active && (this.rate = player.playbackRate)]
		];
		for (const [name, listener] of listeners) player.addEventListener(name, listener);
		this.#setVolume(id);
		if (!player.paused) this.#started(id); // it may have been playing before
		return () => {
			for (const [name, listener] of listeners) player.removeEventListener(name, listener);
			this.#players.delete(id);
		};
	}

	play(): void {
		void this.player?.play().catch(() => undefined); // the browser may require a press on its own button
	}

	pause(): void {
		this.player?.pause();
		this.#look(this.active);
	}

	// The player is asked, as its events come later than the next press of a key may.
	toggle(): void {
		if (this.player?.paused === false) this.pause();
		else this.play();
	}

	/** Moves to a place. A repeated passage goes on only if the place is in it. */
	seek(ms: number): void {
		const { player } = this;
		if (!player) return;
		const place = Math.max(0, Math.min(ms, this.lengthMs || ms));
		if (this.loop && !isWithin(this.loop, place)) this.loop = undefined;
		player.currentTime = place / 1000;
		this.placeMs = this.#heard = place;
	}

	step(ms: number): void {
		this.seek(this.#now() + ms);
	}

	playFrom(ms: number): void {
		this.loop = undefined;
		this.seek(ms);
		this.play();
	}

	repeat(stretch: Stretch): void {
		this.loop = { atMs: stretch.atMs, untilMs: stretch.untilMs };
		this.seek(stretch.atMs);
		this.play();
	}

	setRate(rate: number): void {
		this.rate = rate;
		for (const player of this.#players.values()) player.playbackRate = rate;
	}

	/** Sets each player's volume so that the versions are equally loud. */
	level(): void {
		for (const id of this.#players.keys()) this.#setVolume(id);
	}

	/** Whether a page can set the volume. Some phones only allow their own buttons to. */
	get hasVolume(): boolean {
		const { player } = this;
		const wanted = this.#wantedVolume(this.active);
		return !player || Math.abs(player.volume - wanted) < 0.01;
	}

	/** Switches to another version at the same place. Returns false if that failed. */
	async switchTo(id: string): Promise<boolean> {
		const from = this.player;
		if (id === this.active || this.#switching) return false;
		this.#switching = true;
		try {
			this.ahead = true;
			await tick();
			const to = this.#players.get(id);
			if (!to) return false;
			await loaded(to);
			to.playbackRate = this.rate;
			to.muted = from?.muted ?? false;
			this.#setVolume(id);
			if (!from || from.paused) await moveTo(to, from?.currentTime ?? 0);
			else await switchOver(from, to);
			this.#become(id, to);
			from?.pause();
			return true;
		} catch {
			return false; // the player reports itself what cannot be loaded
		} finally {
			this.#switching = false;
		}
	}

	#become(id: string, player: HTMLAudioElement): void {
		const hadFocus = document.activeElement === this.player;
		this.active = id;
		this.playing = !player.paused;
		this.placeMs = this.#heard = player.currentTime * 1000;
		if (this.playing) this.#watch();
		if (hadFocus) void tick().then(() => player.focus());
	}

	#now(): number {
		return (this.player?.currentTime ?? 0) * 1000;
	}

	#started(id: string): void {
		if (id !== this.active) {
			if (!this.#switching) this.#players.get(id)?.pause();
			return;
		}
		this.ahead = true;
		this.playing = true;
		this.#heard = this.#now();
		this.#watch();
	}

	#stopped(id: string): void {
		if (id !== this.active) return;
		this.playing = false;
		cancelAnimationFrame(this.#frame);
		this.#look(id);
		// The other players are moved to the same place, so that they are ready for a switch.
		for (const [other, player] of this.#players)
			if (other !== id && player.readyState > 0 && player.paused) player.currentTime = this.#now() / 1000;
	}

	#ended(id: string): void {
		if (id !== this.active || !this.loop) return;
		this.seek(this.loop.atMs);
		this.play();
	}

	#moved(id: string): void {
		if (id !== this.active) return;
		const now = this.#now();
		if (this.loop && !isWithin(this.loop, now)) this.loop = undefined;
		this.placeMs = this.#heard = now;
	}

	// Checking at each frame ends a passage more exactly than the player's timeupdate events, which come four times a
	// second. In a hidden page only these come.
	#watch(): void {
		cancelAnimationFrame(this.#frame);
		const look = () => {
			if (!this.playing) return;
			this.#look(this.active);
			this.#frame = requestAnimationFrame(look);
		};
		this.#frame = requestAnimationFrame(look);
	}

	#look(id: string): void {
		const { player } = this;
		if (id !== this.active || !player || player.seeking) return;
		const now = this.#now();
		if (this.playing && now > this.#heard) this.onPassed(this.#heard, now);
		this.#heard = now;
		this.placeMs = now;
		if (this.playing && this.loop && now >= this.loop.untilMs) {
			player.currentTime = this.loop.atMs / 1000;
			this.#heard = this.loop.atMs;
		}
	}

	#wantedVolume(id: string): number {
		const version = this.versions.find((version) => version.id === id);
		return this.#volume * 10 ** (-(version ? this.turnedDown(version) : 0) / 20);
	}

	#setVolume(id: string): void {
		const player = this.#players.get(id);
		if (player) player.volume = this.#wantedVolume(id);
	}

	// A volume that the listener sets holds for all versions.
	#volumeChanged(id: string): void {
		const player = this.#players.get(id);
		if (!player || id !== this.active || this.#switching || this.hasVolume) return;
		this.#volume = Math.min(1, (player.volume * this.#volume) / this.#wantedVolume(id));
	}
}

const isLoudness = (lufs: number) => lufs < 0 && lufs > quietest;

function isWithin({ atMs, untilMs }: Stretch, ms: number): boolean {
	return ms >= atMs - slackMs && ms <= untilMs + slackMs;
}
