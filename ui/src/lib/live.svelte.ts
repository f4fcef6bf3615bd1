// The live line: what the studio changes is shown without a reload. A message says what happened, for the one sentence that
// is said of it; the page itself is then read anew, so that nothing depends on the order or the completeness of messages.

import { invalidate } from '$app/navigation';
import { navigating } from '$app/state';

import type { AuthRecord } from 'pocketbase';

import { announce } from './announce.svelte';
import { as, pb, session } from './session.svelte';
import type { Base, Comment } from './types';
import { words } from './words';

/** What each page's load depends on. */
export const page = 'portal:page';

/** How the line is: down, and since when the page is old (empty while it is not). */
export const line = $state({ down: false, seen: '' });

export interface Message {
	action: 'create' | 'update' | 'delete';
	collection: string;
	record: Partial<Base & Comment> & { client?: string; title?: string; name?: string; filename?: string; status?: string; assignedTo?: string; uploadedBy?: string };
}

const patience = 4000; // milliseconds without a line before it is said
const gathering = 250; // milliseconds in which several changes become one reading

let downTimer: ReturnType<typeof setTimeout> | undefined;
let readTimer: ReturnType<typeof setTimeout> | undefined;
let dropped = false;

/** Reads the page anew, soon. */
export function refresh(): void {
	readTimer ??= setTimeout(readAnew, gathering);
}

async function readAnew(): Promise<void> {
	readTimer = undefined;
	if (navigating.complete) {
		await navigating.complete.catch(() => undefined); // reading now would abort the way to another page
		return refresh();
	}
	await invalidate(page).catch(() => undefined);
}

// What this page wrote itself comes back over the line and needs no sentence.
const own = new Map<string, number>();

export function wrote(id: string): void {
	own.set(id, Date.now());
}

function isOwn(id: string | undefined): boolean {
	for (const [written, at] of own) if (Date.now() - at > 10_000) own.delete(written);
	return id !== undefined && own.has(id);
}

/** Listens until the returned function is called; a project's page says which project is looked at. */
export function listen(project: string | undefined): () => void {
	const stops: (() => Promise<void>)[] = [];
	let attempt = 0;
	let again: ReturnType<typeof setTimeout> | undefined;
	let stopped = false;

	// The SDK restores a line that breaks, but gives up one that never came.
	async function start() {
		try {
			stops.push(await pb.realtime.subscribe('PB_CONNECT', onConnect));
			stops.push(await pb.realtime.subscribe('portal', onMessage, project ? { query: { project } } : undefined));
			if (stopped) stop();
		} catch {
			stop();
			if (stopped || !session.client) return;
			dropped = true;
			goDown();
			again = setTimeout(start, Math.min(30_000, 1000 * 2 ** attempt++));
		}
	}
	function stop() {
		for (const end of stops.splice(0)) end().catch(() => undefined);
	}

	pb.realtime.onDisconnect = onDisconnect;
	void start();
	return () => {
		stopped = true;
		clearTimeout(again);
		stop();
	};
}

function onConnect(): void {
	clearTimeout(downTimer);
	if (line.down) announce(words.live.back);
	line.down = false;
	if (dropped) refresh(); // whatever was missed is on the page
	dropped = false;
}

function onDisconnect(subscriptions: string[]): void {
	if (subscriptions.length === 0 || !session.client) return; // closed from here
	dropped = true;
	clearTimeout(downTimer);
	downTimer = setTimeout(goDown, patience);
}

function goDown(): void {
	if (!line.down && !line.seen) announce(words.live.down);
	line.down = true;
}

function onMessage(message: Message): void {
	if (message.collection === 'integrations') return;
	if (as && message.record.client !== as && message.record.id !== as) return;
	refresh();
	if (message.collection === 'clients' && !as) pb.authStore.save(pb.authStore.token, { ...session.client, ...message.record } as AuthRecord);
	if (isOwn(message.record.id)) return;
	const sentence = words.live.sentence(message, titleOf(message.record));
	if (sentence) announce(sentence, { isNews: true });
}

/** What the open page calls the thing that a comment hangs off; a page with threads fills it in. */
export const titles = new Map<string, string>();

function titleOf(record: Message['record']): string {
	return titles.get(record.session || record.milestone || record.goal || '') ?? '';
}

// A phone that wakes up may hold a line that is dead without knowing it.
document.addEventListener('visibilitychange', () => {
	if (document.visibilityState === 'visible' && session.client) refresh();
});
addEventListener('online', () => session.client && refresh());
