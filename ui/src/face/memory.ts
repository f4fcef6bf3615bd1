// The data that this browser stores between visits: drafts, the time up to which each conversation was read, and each
// page as it was last loaded, for reading offline. It belongs to one client and is deleted on sign-out. If the server
// ended the sign-in, drafts stay for the same client.

import { local } from '$lib/browser/storage';

const prefix = 'greenroom:';
const uploads = 'greenroom-upload:'; // prefix of the unfinished uploads that upload.ts stores
const pages = 'greenroom-pages';
const maxPages = 60;
const whose = 'whose'; // id of the client to whom everything stored belongs
const drafts = [whose, 'draft:', 'draft-id:', 'edit:', 'changes:'].map((key) => prefix + key);

export function recall(key: string): string {
	return local.getItem(prefix + key) ?? '';
}

export function remember(key: string, value: string): void {
	if (value) local.setItem(prefix + key, value);
	else local.removeItem(prefix + key);
}

/** Stores a page's answer. Without the Cache API (plain http) nothing is stored. */
export async function storePage(path: string, client: string, answer: string): Promise<void> {
	if (!('caches' in window)) return;
	const cache = await caches.open(`${pages}-${client}`);
	await cache.put(path, new Response(answer, { headers: { Date: new Date().toISOString() } }));
	const kept = await cache.keys();
	for (const old of kept.slice(0, Math.max(0, kept.length - maxPages))) await cache.delete(old);
}

/** Returns a page as it was last loaded, and when that was. */
export async function storedPage<T>(path: string, client: string): Promise<{ data: T; seen: string } | undefined> {
	if (!('caches' in window)) return undefined;
	const kept = await (await caches.open(`${pages}-${client}`)).match(path);
	return kept && { data: (await kept.json()) as T, seen: kept.headers.get('Date') ?? '' };
}

/** Makes the stored data this client's, after deleting another client's. */
export function claim(client: string): void {
	if (recall(whose) && recall(whose) !== client) forgetEverything();
	remember(whose, client);
}

/** Whether somebody signed in here and has not signed out. */
export function isClaimed(): boolean {
	return recall(whose) !== '';
}

export function forgetEverything(): void {
	forget(() => false);
}

export function forgetAllButDrafts(): void {
	forget((key) => drafts.some((draft) => key.startsWith(draft)));
}

function forget(stays: (key: string) => boolean): void {
	for (const key of local.keys())
		if ((key.startsWith(prefix) || key.startsWith(uploads)) && !stays(key)) local.removeItem(key);
	if (!('caches' in window)) return;
	void caches
		.keys()
		.then((names) => names.filter((name) => name.startsWith(pages)).forEach((name) => void caches.delete(name)));
}
