// Shows the studio's changes without a reload. A message only says what changed, in one announced sentence; the page's
// data is then loaded again, so nothing depends on the order or completeness of messages.

import { invalidate } from '$app/navigation';
import { navigating } from '$app/state';

import type { AuthRecord } from 'pocketbase';

import { announce } from '$lib/live/announce.svelte';
import { follow, isOwn, titleOf } from '$lib/live/connection.svelte';
import { as, pb, session } from '$face/session.svelte';
import type { Message } from '$lib/types';
import { words } from '$face/words';

/** The key on which each page's load depends. */
export const page = 'portal:page';

const gathering = 250; // milliseconds; several changes within them cause one load

let readTimer: ReturnType<typeof setTimeout> | undefined;

/** Loads the page's data again, after a short delay. */
export function refresh(): void {
	readTimer ??= setTimeout(readAnew, gathering);
}

async function readAnew(): Promise<void> {
	readTimer = undefined;
	if (navigating.complete) {
		await navigating.complete.catch(() => undefined); // loading now would abort the navigation
		return refresh();
	}
	await invalidate(page).catch(() => undefined);
}

/**
 * Listens to changes until the returned function is called. A project's page names its project, so that the server
 * knows who is looking at it.
 */
export function listen(project: string | undefined): () => void {
	return follow(project, onMessage, refresh);
}

function onMessage(message: Message): void {
	if (message.collection === 'integrations') return;
	if (as && message.record.client !== as && message.record.id !== as) return;
	refresh();
	if (message.collection === 'clients' && !as)
		pb.authStore.save(pb.authStore.token, { ...session.client, ...message.record } as AuthRecord);
	if (isOwn(message.record.id)) return;
	const sentence = words.live.sentence(message, titleOf(message.record));
	if (sentence) announce(sentence, { isNews: true });
}
