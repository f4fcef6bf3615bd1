// The live connection to the server. It reconnects when it breaks, announces a long interruption, and then loads again
// what was missed. The caller of `follow` handles the messages.

import { announce } from './announce.svelte';
import { pb, session } from '$face/session.svelte';
import type { Message } from '$lib/types';
import { words } from '$face/words';

/** The state of the connection: whether it is down, and since when the page is out of date (empty if it is not). */
export const connection = $state({ down: false, seen: '' });

const patience = 4000; // milliseconds without a connection before it is announced

let downTimer: ReturnType<typeof setTimeout> | undefined;
let dropped = false;

/**
 * Follows messages until the returned function is called. A project's page names its project, so that the server knows
 * who is looking at it.
 */
export function follow(
	project: string | undefined,
	onMessage: (message: Message) => void,
	refresh: () => void
): () => void {
	const stops: (() => Promise<void>)[] = [];
	let attempt = 0;
	let again: ReturnType<typeof setTimeout> | undefined;
	let stopped = false;

	// The SDK restores a connection that breaks, but gives up on one that never opened.
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
		if (connection.down && !connection.seen) announce(words.live.back); // a page that was out of date is announced when it has loaded again
		connection.down = false;
		if (dropped) refresh(); // covers every missed message
		dropped = false;
	}

	// After a device wakes up, its connection may be dead without a sign of it.
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
	if (subscriptions.length === 0 || !session.client) return; // this page closed it
	dropped = true;
	clearTimeout(downTimer);
	downTimer = setTimeout(goDown, patience);
}

function goDown(): void {
	if (!connection.down && !connection.seen) announce(words.live.down);
	connection.down = true;
}

// Each write of this page comes back as a message, which needs no announcement.
const own = new Map<string, number[]>();
const longestWay = 10_000; // milliseconds until a message counts as somebody else's

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

/** Titles of the records that comments belong to, by id, as a page with threads registers them. */
export const titles = new Map<string, string>();

export function titleOf(record: Message['record']): string {
	return titles.get(record.session || record.milestone || record.goal || record.deliverable || '') ?? '';
}
