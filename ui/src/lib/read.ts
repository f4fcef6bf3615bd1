// Reading: one function for every page. The network first; without an answer, the page as it was last seen, and that is said.

import { error } from '@sveltejs/kit';

import { line } from './line.svelte';
import { refresh } from './live.svelte';
import { keepPage, keptPage } from './memory';
import { normalise } from './normalise';
import { as, endSession, pb, readOnly, requireSession } from './session.svelte';
import { words } from './words';

const retryAfter = 10_000; // milliseconds
let retry: ReturnType<typeof setTimeout> | undefined;

/** Gives the answer of a portal route or of a REST path; throws the error that the error page shows. */
export async function read<T>(path: string): Promise<T> {
	requireSession(new URL(location.href));
	let response: Response;
	try {
		response = await ask(path);
	} catch {
		return lastSeen<T>(path, () => error(503, { message: words.errors.offline, code: 'offline' }));
	}
	if (response.status === 401) {
		endSession({ byServer: true });
		requireSession(new URL(location.href));
	}
	const text = await response.text().catch(() => '');
	const refuse = () => error(response.status, messageOf(text) ?? words.errors.unknown);
	if (response.status >= 500) {
		clearTimeout(retry);
		retry = setTimeout(refresh, retryAfter);
		return lastSeen<T>(path, refuse);
	}
	line.seen = '';
	if (!response.ok) refuse();
	const data = normalise(JSON.parse(text) as T);
	if (!readOnly && pb.authStore.record) void keepPage(path, pb.authStore.record.id, JSON.stringify(data)).catch(() => undefined);
	return data;
}

function ask(path: string): Promise<Response> {
	const { early } = window;
	delete window.early;
	if (early?.path === path && early.token === pb.authStore.token) return early.answer;
	const url = new URL(path, location.origin);
	if (as && path.startsWith('/api/portal')) url.searchParams.set('as', as);
	return fetch(url, { headers: { Authorization: pb.authStore.token } });
}

async function lastSeen<T>(path: string, refuse: () => never): Promise<T> {
	const kept = readOnly || !pb.authStore.record ? undefined : await keptPage<T>(path, pb.authStore.record.id);
	if (!kept) return refuse();
	line.seen = kept.seen;
	return kept.data;
}

function messageOf(text: string): string | undefined {
	try {
		return (JSON.parse(text) as { message?: string }).message || undefined;
	} catch {
		return undefined;
	}
}

interface List<T> {
	items: T[];
	page: number;
	totalPages: number;
	totalItems: number;
}

/** Reads a list by PocketBase's REST API, of this client alone also where the owner looks. */
export function readList<T>(collection: string, query: Record<string, string>): Promise<List<T>> {
	const filters = [as && `client = '${as.replace(/[^a-z0-9]/g, '')}'`, query.filter].filter(Boolean);
	const search = new URLSearchParams({ ...query, filter: filters.join(' && ') });
	return read<List<T>>(`/api/collections/${collection}/records?${search}`);
}
