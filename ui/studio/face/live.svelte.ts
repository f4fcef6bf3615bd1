// Shows changes without a reload, and announces those of others. The counterpart of the portal's src/face/live.svelte.

import { announce } from '$lib/live/announce.svelte';
import { follow, isOwn, titleOf } from '$lib/live/connection.svelte';
import type { Message } from '$lib/types';

import { words } from '../words';

/** Counts the requests to load data again; each component that shows data loads it when this grows. */
export const reads = $state({ count: 0 });

const gathering = 250; // milliseconds; several changes within them cause one load

let readTimer: ReturnType<typeof setTimeout> | undefined;

/** Loads the page's data again, after a short delay. */
export function refresh(): void {
	readTimer ??= setTimeout(() => {
		readTimer = undefined;
		reads.count++;
	}, gathering);
}

/** Listens until the returned function is called. */
export function listen(): () => void {
	return follow(undefined, onMessage, refresh);
}

function onMessage(message: Message): void {
	refresh();
	if (isOwn(message.record.id)) return;
	const sentence = words.live(message, titleOf(message.record));
	if (sentence) announce(sentence, { isNews: true });
}
