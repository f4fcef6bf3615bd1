// Loads data for every page: from the network, or without an answer the page as it was last loaded, marked as such.

import { error } from '@sveltejs/kit';

import { inTime, Late } from '$lib/browser/in_time';
import { connection } from '$lib/live/connection.svelte';
import { refresh } from '$face/live.svelte';
import { storePage, storedPage } from '$face/memory';
import { normalise } from '$lib/text/normalise';
import { as, endSession, pb, readOnly, requireSession } from '$face/session.svelte';
import { words } from '$face/words';

const retryAfter = 10_000; // milliseconds
let retry: ReturnType<typeof setTimeout> | undefined;

/** Returns the answer of a portal route or a REST path. Throws the error that the error page shows. */
export async function read<T>(path: string): Promise<T> {
	requireSession(new URL(location.href));
	const here = location.href;
	const asked = await inTime(ask.bind(null, path)).catch((failure: unknown) => ({ failure }));
	if ('failure' in asked) {
		if (location.href !== here) throw asked.failure; // nobody waits for it any more
		if (!(asked.failure instanceof Late))
			return lastSeen<T>(path, () => error(503, { message: words.errors.offline, code: 'offline' }));
		readAgainSoon();
		return lastSeen<T>(path, () => error(503, words.errors.unknown));
	}
	const { response, answer } = asked;
	const refuse = () => error(response.status, messageOf(answer) ?? words.errors.unknown);
	if (response.status >= 500) {
		readAgainSoon();
		return lastSeen<T>(path, refuse);
	}
	// Something between here and the studio answered instead, such as the sign-in page of a train's or hotel's network.
	if (answer === undefined) {
		readAgainSoon();
		return lastSeen<T>(path, () => error(503, { message: words.errors.offline, code: 'offline' }));
	}
	// A proxy that asks for a password of its own ends nothing.
	if ((answer as { status?: number } | null)?.status === 401) {
		endSession({ byServer: true });
		requireSession(new URL(location.href));
	}
	connection.seen = '';
	if (!response.ok) refuse();
	const data = normalise(answer as T);
	if (!readOnly && pb.authStore.record)
		void storePage(path, pb.authStore.record.id, JSON.stringify(data)).catch(() => undefined);
	return data;
}

function readAgainSoon(): void {
	clearTimeout(retry);
	retry = setTimeout(refresh, retryAfter);
}

async function ask(
	path: string,
	signal: AbortSignal,
	arrives: () => void
): Promise<{ response: Response; answer: unknown }> {
	const response = await (early(path) ??
		fetch(addressOf(path), { headers: { Authorization: pb.authStore.token }, signal }));
	arrives();
	return { response, answer: parse(await response.text().catch(() => '')) };
}

function early(path: string): Promise<Response> | undefined {
	const { early } = window;
	delete window.early;
	return early?.path === path && early.token === pb.authStore.token ? early.answer : undefined;
}

function addressOf(path: string): URL {
	const url = new URL(path, location.origin);
	if (as && path.startsWith('/api/portal')) url.searchParams.set('as', as);
	return url;
}

async function lastSeen<T>(path: string, refuse: () => never): Promise<T> {
	const kept = readOnly || !pb.authStore.record ? undefined : await storedPage<T>(path, pb.authStore.record.id);
	if (!kept) return refuse();
	connection.seen = kept.seen;
	return kept.data;
}

function parse(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}

function messageOf(answer: unknown): string | undefined {
	return (answer as { message?: string } | null | undefined)?.message || undefined;
}

interface List<T> {
	items: T[];
	page: number;
	totalPages: number;
	totalItems: number;
}

/** Reads a list by PocketBase's REST API. When the owner looks as a client, it is limited to that client's records. */
export function readList<T>(collection: string, query: Record<string, string>): Promise<List<T>> {
	const filters = [as && `client = '${as.replace(/[^a-z0-9]/g, '')}'`, query.filter].filter(Boolean);
	const search = new URLSearchParams({ ...query, filter: filters.join(' && ') });
	return read<List<T>>(`/api/collections/${collection}/records?${search}`);
}
