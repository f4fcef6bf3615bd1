// The order of a project's milestones while the owner changes it. It is shown at once, before the server has answered.

import { tick } from 'svelte';

import { announce } from '$lib/live/announce.svelte';
import { wrote } from '$lib/live/connection.svelte';
import { refresh } from '$face/live.svelte';
import { sentenceOf } from '$lib/text/sentence';
import { pb } from '$face/session.svelte';
import type { Milestone } from '$lib/types';

import { words } from './words';

const say = words.milestones;

export class Order {
	fault = $state('');
	#ids = $state.raw<string[]>(); // the new order while it is being sent
	#sending: Promise<unknown> = Promise.resolve();

	shown: Milestone[] = $derived.by(() => {
		const ids = this.#ids;
		const stored = this.stored();
		return ids ? stored.toSorted((a, b) => ids.indexOf(a.id) - ids.indexOf(b.id)) : stored;
	});

	constructor(
		private project: () => string,
		private stored: () => Milestone[],
		private store: (milestones: Milestone[]) => void
	) {}

	/** Moves the milestone by one place, by a button. */
	press({ id, title }: Milestone, by: -1 | 1, event: MouseEvent): void {
		const to = this.#placeOf(id) + by;
		if (to < 0 || to >= this.shown.length) return announce(by < 0 ? say.isFirst(title) : say.isLast(title));
		void this.#place(id, to, event.currentTarget as HTMLElement);
	}

	/** Moves a milestone to the place of another, by dragging. */
	drop(id: string, onto: string | undefined): void {
		const to = onto ? this.#placeOf(onto) : -1;
		if (id && to >= 0) void this.#place(id, to);
	}

	#placeOf(wanted: string): number {
		return this.shown.findIndex(({ id }) => id === wanted);
	}

	// Moves a milestone. The focus stays on the button, which moves along.
	async #place(id: string, to: number, button?: HTMLElement) {
		const ids = this.shown.map((milestone) => milestone.id).filter((other) => other !== id);
		ids.splice(to, 0, id);
		this.#ids = ids;
		this.fault = '';
		const { title } = this.shown[to]!;
		announce({ key: `place ${id}`, text: () => say.moved(title, to + 1, ids.length) });
		await tick();
		button?.focus();
		button?.scrollIntoView({ block: 'nearest' });
		this.#sending = this.#sending.then(() => this.#send(ids));
	}

	async #send(ids: string[]) {
		if (this.#ids !== ids) return; // a later press has replaced it
		try {
			ids.forEach(wrote);
			await pb.send(`/api/studio/projects/${this.project()}/order`, { method: 'POST', body: { milestones: ids } });
		} catch (failure) {
			if (this.#ids === ids) this.fault = say.notMoved(sentenceOf(failure));
		}
		if (this.#ids !== ids) return;
		if (!this.fault) this.store(this.shown);
		this.#ids = undefined;
		refresh();
	}
}
