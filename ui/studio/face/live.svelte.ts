// Whatever changes in the studio is shown without a reload, and said in one sentence if somebody else did it. The twin
// of the portal's src/face/live.svelte.

import { announce } from '$lib/live/announce.svelte';
import { follow, isOwn, titleOf } from '$lib/live/line.svelte';
import type { Message } from '$lib/types';

import { words } from '../words';

/** How often the page has been read; whatever shows data reads again when it grows. */
export const reads = $state({ count: 0 });

const gathering = 250; // milliseconds in which several changes become one reading

let readTimer: ReturnType<typeof setTimeout> | undefined;

/** Reads the page anew, soon. */
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
