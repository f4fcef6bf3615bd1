// Notes saved while they are written. Every keystroke is kept in this browser at once and goes to the server after a
// pause; what somebody else wrote in the meantime is never overwritten unseen.

import { untrack } from 'svelte';

import { announce } from '$lib/live/announce.svelte';
import { wrote } from '$lib/live/line.svelte';
import { recall, remember } from '$face/memory';
import { sentenceOf } from '$lib/text/sentence';
import { pb } from '$face/session.svelte';
import { time } from '$lib/time/times';

import { words } from './words';

/** The notes on the server, as last known here: what the words in the field are a change of. */
export interface Known {
	notes: string;
	updated: string;
}

const say = words.notes;
const pause = 1500; // milliseconds without a keystroke before the words are sent
const retry = 15_000; // milliseconds after a failure
const maxChars = 100_000;

/** Belongs to the component that makes it, and saves once more when that goes. */
export class Autosave {
	text = $state('');
	theirs = $state.raw<Known>(); // what the server holds, where it is neither the words here nor what they change
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

	/** Takes in what the page has read anew. An answer that is older than the last save says nothing. */
	take(found: Known): void {
		if (found.updated > this.#known.updated && !this.#saving) this.#meet(found);
	}

	/** Saves after a pause. */
	saveSoon(after = pause): void {
		clearTimeout(this.#timer);
		this.#timer = setTimeout(() => this.save(), after);
	}

	/** Sends the words where they may be sent now. */
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
			if (!this.#isLeft) this.saveSoon(retry); // else they are sent at the next visit
		} finally {
			this.#saving = false;
		}
		if (this.fault) return;
		if (this.#isUnsaved()) this.saveSoon();
		else this.#saySaved();
	}

	/** Saves at the writer's own word, and says how it stands. */
	saveNow(): void {
		this.#said = '';
		if (this.theirs) announce(say.conflict);
		else if (this.#isUnsaved()) void this.save();
		else announce(say.saved(this.#savedAt || time(this.#known.updated)));
	}

	/** Ends a conflict: these words are put in the place of what the server holds. */
	decide(text: string): void {
		this.#known = this.theirs!;
		this.theirs = undefined;
		this.text = text;
		void this.save();
	}

	// Takes in what the server holds; tells whether these words may still be put in its place.
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

	// No derived values, as they are asked for after the page was left, too.
	#isUnsaved(): boolean {
		return this.text !== this.#known.notes;
	}

	#keep(): void {
		const { text } = this;
		const known = this.#known;
		remember(this.#key, this.#isUnsaved() ? JSON.stringify({ text, known }) : '');
	}

	// Once a minute is enough for who is writing.
	#saySaved(): void {
		if (this.#savedAt === this.#said) return;
		this.#said = this.#savedAt;
		announce(say.saved(this.#savedAt));
	}
}
