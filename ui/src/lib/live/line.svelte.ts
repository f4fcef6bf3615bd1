// The line over which the server says what changed: opened again when it breaks, with a sentence where that takes long,
// and with whatever was missed read anew. What is done with a change is said by the one who follows it.

import { announce } from './announce.svelte';
import { pb, session } from '$face/session.svelte';
import type { Message } from '$lib/types';
import { words } from '$face/words';

/** How the line is: down, and since when the page is old (empty while it is not). */
export const line = $state({ down: false, seen: '' });

const patience = 4000; // milliseconds without a line before it is said

let downTimer: ReturnType<typeof setTimeout> | undefined;
let dropped = false;

/** Follows the line until the returned function is called; a project's page says which project is looked at. */
export function follow(
	project: string | undefined,
	onMessage: (message: Message) => void,
	refresh: () => void
): () => void {
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

	function onConnect() {
		clearTimeout(downTimer);
		if (line.down && !line.seen) announce(words.live.back); // a page that is old says so when it is read anew
		line.down = false;
		if (dropped) refresh(); // whatever was missed is on the page
		dropped = false;
	}

	// What wakes up may hold a line that is dead without knowing it.
	function onReturn() {
		if (document.visibilityState === 'visible' && session.client) refresh();
	}

	pb.realtime.onDisconnect = onDisconnect;
	document.addEventListener('visibilitychange', onReturn);
	addEventListener('online', onReturn);
	void start();
	return () => {
		stopped = true;
		clearTimeout(again);
		clearTimeout(downTimer);
		document.removeEventListener('visibilitychange', onReturn);
		removeEventListener('online', onReturn);
		stop();
	};
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

// What was written here comes back over the line, once for each time, and needs no sentence.
const own = new Map<string, number[]>();
const longestWay = 10_000; // milliseconds

export function wrote(id: string): void {
	own.set(id, [...(own.get(id) ?? []), Date.now()]);
}

export function isOwn(id: string | undefined): boolean {
	for (const [written, times] of own) {
		const left = times.filter((at) => Date.now() - at < longestWay);
		if (left.length > 0) own.set(written, left);
		else own.delete(written);
	}
	return id !== undefined && own.get(id)?.shift() !== undefined;
}

/** What the open page calls the thing that a comment hangs off; a page with threads fills it in. */
export const titles = new Map<string, string>();

export function titleOf(record: Message['record']): string {
	return titles.get(record.session || record.milestone || record.goal || record.deliverable || '') ?? '';
}
