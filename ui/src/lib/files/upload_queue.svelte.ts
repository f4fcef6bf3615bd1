// All uploads, whichever page is open: two at a time, the others in a queue.

import { announce } from '$lib/live/announce.svelte';
import { refresh } from '$face/live.svelte';
import { pb } from '$face/session.svelte';
import { local } from '$lib/browser/storage';
import type { Attachment } from '$lib/types';
import { upload, type Upload, type UploadState } from './upload';
import { words } from '$face/words';

/** The target of an upload: a project, one of its sessions, or a deliverable, as its next version. */
export interface Aim {
	project: string;
	session?: string;
	deliverable?: string;
	arrived?: (file: Attachment) => unknown; // called with the file, and announces the result
}

export interface Sending {
	id: number;
	aim: Aim;
	file: File;
	sentBytes: number;
	state: 'queued' | UploadState;
	fault: string;
}

const atOnce = 2;
const marks = [0, 25, 50, 75]; // per cent that are announced; the end announces itself

/** All uploads since the portal was opened. */
export const sendings = $state<Sending[]>([]);

export const isTo = ({ project, session, deliverable }: Aim, { aim }: Sending): boolean =>
	project === aim.project && session === aim.session && deliverable === aim.deliverable;

const running = new Map<number, Upload>();
const said = new Map<number, number>(); // the last announced mark of each upload
let lastId = 0;

export function add(aim: Aim, files: Iterable<File>): void {
	for (const file of files) sendings.push({ id: ++lastId, aim, file, sentBytes: 0, state: 'queued', fault: '' });
	startNext();
}

export function pause(sending: Sending): void {
	running.get(sending.id)?.pause();
}

export function resume(sending: Sending): void {
	running.get(sending.id)?.resume();
}

export function retry(sending: Sending): void {
	sending.state = 'queued';
	sending.fault = '';
	startNext();
}

export function cancel(sending: Sending): void {
	running.get(sending.id)?.cancel();
	running.delete(sending.id);
	sendings.splice(sendings.indexOf(sending), 1);
	announce(words.upload.cancelled(sending.file.name));
	startNext();
}

/** Whether leaving the portal now would stop an upload. */
export function isSending(): boolean {
	return sendings.some(({ state }) => ['queued', 'sending', 'waiting'].includes(state));
}

function startNext(): void {
	const active = sendings.filter(({ state }) => state === 'sending' || state === 'waiting').length;
	const next = sendings.find(({ state }) => state === 'queued');
	if (!next || active >= atOnce) return;
	start(next);
	startNext();
}

function start(sending: Sending): void {
	const { id, file, aim } = sending;
	sending.state = 'sending';
	const way = upload({
		file,
		project: aim.project,
		session: aim.session,
		deliverable: aim.deliverable,
		base: location.origin,
		token: () => pb.authStore.token,
		memory: local,
		onProgress: (sentBytes) => {
			sending.sentBytes = sentBytes;
			sayProgress(sending);
		},
		onState: (state) => {
			sending.state = state;
			if (state === 'paused') startNext(); // its turn is free, which is known only now
		}
	});
	running.set(id, way);
	way.done
		.then((attachment) => {
			sending.state = 'done';
			if (aim.arrived) aim.arrived(attachment as unknown as Attachment);
			else
				announce({ key: 'sent', text: (n) => (n === 1 ? words.upload.sent(file.name) : words.upload.sentSeveral(n)) });
			refresh();
		})
		.catch((failure: Error) => {
			if (failure.name === 'AbortError') return;
			sending.state = 'failed';
			sending.fault = words.upload.failed(file.name, failure.message);
			announce(sending.fault); // its page may have been left
		})
		.finally(() => {
			running.delete(id);
			startNext();
		});
}

function sayProgress({ id, file, sentBytes }: Sending): void {
	const mark = marks.findLast((mark) => sentBytes >= (file.size * mark) / 100)!;
	if (said.get(id) === mark || sentBytes >= file.size) return;
	said.set(id, mark);
	announce({ key: `progress ${id}`, text: () => words.upload.spoken(file.name, mark) });
}

// What waits for its next attempt makes it as soon as there is a network again.
addEventListener('online', () => sendings.filter(({ state }) => state === 'waiting').forEach(resume));

addEventListener('beforeunload', (event) => {
	if (isSending()) event.preventDefault();
});
