// Delivers a new version: the file is sent first, then the status is stored, and the comment last, so that its readers
// find both. If a step after the file fails, it is repeated without sending the file again.

import { refresh } from '$face/live.svelte';
import { recall, remember } from '$face/memory';
import { pb } from '$face/session.svelte';
import { words as shared } from '$face/words';
import { createOnce, newId } from '$lib/browser/create_once';
import { add, isTo, sendings, type Aim } from '$lib/files/upload_queue.svelte';
import { announce } from '$lib/live/announce.svelte';
import { wrote } from '$lib/live/connection.svelte';
import { sentenceOf } from '$lib/text/sentence';
import type { Attachment, Comment, Deliverable, DeliverableStatus } from '$lib/types';

import { words } from './words';

const say = words.deliver;
const maxChars = 10_000; // of a comment

/** To be created by a component, which is told when everything is stored. */
export class Delivery {
	isOpen = $state(false); // whether its form is open
	body = $state('');
	status = $state<DeliverableStatus>('DELIVERED');
	files = $state<FileList>();
	arrived = $state.raw<Attachment>(); // the file, once the server has it
	fault = $state('');
	isFinishing = $state(false);
	#commentId = newId();

	readonly aim: Aim;
	#isSending = $derived.by(() =>
		sendings.some((sending) => isTo(this.aim, sending) && !['done', 'failed', 'cancelled'].includes(sending.state))
	);
	isBusy = $derived(this.#isSending || this.isFinishing);
	isFileMissing = $derived(this.fault !== '' && !this.arrived && !this.files?.length);

	constructor(
		private of: () => Deliverable,
		private done: () => Promise<void>
	) {
		const { id, project } = of();
		this.aim = { project, deliverable: id, arrived: (file) => this.#finish(file) };
		const draft = `deliver:${id}`;
		this.body = recall(draft);
		this.isOpen = this.body !== '';
		$effect(() => remember(draft, this.body));
	}

	send(): void {
		if (this.isBusy) return;
		this.fault = '';
		if (this.arrived) return void this.#finish(this.arrived);
		const file = this.files?.[0];
		const tooMany = [...this.body.trim()].length - maxChars;
		if (!file) this.fault = say.noFile;
		else if (tooMany > 0) this.fault = say.tooLong(tooMany);
		else add(this.aim, [file]);
	}

	async #finish(file: Attachment) {
		const { id, title } = this.of();
		this.arrived = file;
		this.isFinishing = true;
		try {
			wrote(id);
			await pb.collection('deliverables').update(id, { status: this.status });
			const body = this.body.trim();
			if (body) await createOnce<Comment>('comments', this.#commentId, { deliverable: id, attachment: file.id, body });
			announce(say.done(file.version, title, shared.deliverableStatus[this.status]));
			[this.body, this.status, this.arrived, this.#commentId] = ['', 'DELIVERED', undefined, newId()];
			if (this.isOpen) await this.done();
		} catch (failure) {
			this.fault = say.unfinished(file.version, sentenceOf(failure));
			this.isOpen = true;
		} finally {
			this.isFinishing = false;
			refresh();
		}
	}
}
