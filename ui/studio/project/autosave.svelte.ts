// Saves notes while they are written. Every keystroke is stored in this browser at once, and sent to the server after a
// pause. A change that somebody else made meanwhile is never overwritten without being shown.

import { untrack } from 'svelte';

import { announce } from '$lib/live/announce.svelte';
import { wrote } from '$lib/live/connection.svelte';
import { recall, remember } from '$face/memory';
import { sentenceOf } from '$lib/text/sentence';
import { pb } from '$face/session.svelte';
import { time } from '$lib/time/times';

import { words } from './words';

/** The server's notes as last known here, which the text in the field is based on. */
export interface Known {
	notes: string;
	updated: string;
}

const say = words.notes;
const pause = 1500; // milliseconds without a keystroke before the text is sent
const retry = 15_000; // milliseconds after a failure
const maxChars = 100_000;

/** To be created by a component, and saves once more when that is destroyed. */
export class Autosave {
	text = $state('');
	theirs = $state.raw<Known>(); // the server's notes in a conflict: they differ both from the text here and from what it is based on
	fault = $state('');
	#known = $state.raw<Known>({ notes: '', updated: '' });
	#savedAt = $state('');
	#saving = $state(false);
	#said = '';
	#timer: ReturnType<typeof setTimeout> | undefined;
	#isLeft = false;

	status = $derived.by(() => {
		if (this.#saving) return say.saving;
		if (this.#isUnsaved()) return say.notYet;
		return this.#savedAt ? say.saved(this.#savedAt) : '';
	});

	constructor(
		private id: string,
		known: Known
	) {
		const kept = JSON.parse(recall(this.#key) || 'null') as { text: string; known: Known } | null;
		this.#known = kept?.known ?? known;
		this.text = kept?.text ?? known.notes;

		$effect(() => this.#keep());
		$effect(() => {
			const save = () => this.save();
			if (untrack(() => this.#isUnsaved())) this.saveSoon();
			addEventListener('online', save);
			return () => {
				removeEventListener('online', save);
				this.#isLeft = true;
				void this.save();
			};
		});
	}

	/** Takes over what the page has loaded, unless it is older than the last save. */
	update(found: Known): void {
		if (found.updated > this.#known.updated && !this.#saving) this.#meet(found);
	}

	/** Saves after a pause. */
	saveSoon(after = pause): void {
		clearTimeout(this.#timer);
		this.#timer = setTimeout(() => this.save(), after);
	}

	/** Saves the text now, unless there is a conflict or another save is in progress. */
	async save(): Promise<void> {
		clearTimeout(this.#timer);
		if (!this.#isUnsaved() || this.#saving || this.theirs) return;
		const tooMany = [...this.text].length - maxChars;
		if (tooMany > 0) return void (this.fault = say.tooLong(tooMany));
		this.#saving = true;
		try {
			const sessions = pb.collection('sessions');
			const found = await sessions.getOne<Known>(this.id, { fields: 'notes,updated' });
			if (!this.#meet(found) || !this.#isUnsaved()) return;
			wrote(this.id);
			this.#known = await sessions.update<Known>(this.id, { notes: this.text }, { fields: 'notes,updated' });
			this.#keep();
			this.fault = '';
			this.#savedAt = time(new Date().toISOString());
		} catch (failure) {
			this.fault = say.failed(sentenceOf(failure));
			if (!this.#isLeft) this.saveSoon(retry); // after leaving the page, the next visit saves
		} finally {
			this.#saving = false;
		}
		if (this.fault) return;
		if (this.#isUnsaved()) this.saveSoon();
		else this.#saySaved();
	}

	/** Saves on request, and announces the state. */
	saveNow(): void {
		this.#said = '';
		if (this.theirs) announce(say.conflict);
		else if (this.#isUnsaved()) void this.save();
		else announce(say.saved(this.#savedAt || time(this.#known.updated)));
	}

	/** Resolves a conflict: this text replaces the server's. */
	decide(text: string): void {
		this.#known = this.theirs!;
		this.theirs = undefined;
		this.text = text;
		void this.save();
	}

	// Takes over the server's state, and returns whether the text may still replace it.
	#meet(found: Known): boolean {
		if (found.notes !== this.#known.notes && found.notes !== this.text && this.#isUnsaved()) {
			if (!this.theirs) announce(say.conflict);
			this.theirs = found;
			return false;
		}
		if (!this.#isUnsaved()) this.text = found.notes;
		this.#known = found;
		return true;
	}

	get #key(): string {
		return `notes:${this.id}`;
	}

	// Not a derived value, because it is also used after the component was destroyed.
	#isUnsaved(): boolean {
		return this.text !== this.#known.notes;
	}

	#keep(): void {
		const { text } = this;
		const known = this.#known;
		remember(this.#key, this.#isUnsaved() ? JSON.stringify({ text, known }) : '');
	}

	// At most once a minute, so as not to interrupt the writer.
	#saySaved(): void {
		if (this.#savedAt === this.#said) return;
		this.#said = this.#savedAt;
		announce(say.saved(this.#savedAt));
	}
}
