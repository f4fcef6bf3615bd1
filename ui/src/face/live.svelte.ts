// What the studio changes is shown without a reload. A message says what happened, for the one sentence that is said of
// it; the page itself is then read anew, so that nothing depends on the order or the completeness of messages.

import { invalidate } from '$app/navigation';
import { navigating } from '$app/state';

import type { AuthRecord } from 'pocketbase';

import { announce } from '$lib/live/announce.svelte';
import { follow, isOwn, titleOf } from '$lib/live/line.svelte';
import { as, pb, session } from '$face/session.svelte';
import type { Message } from '$lib/types';
import { words } from '$face/words';

/** What each page's load depends on. */
export const page = 'portal:page';

const gathering = 250; // milliseconds in which several changes become one reading

let readTimer: ReturnType<typeof setTimeout> | undefined;

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

/** Listens until the returned function is called; a project's page says which project is looked at. */
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
