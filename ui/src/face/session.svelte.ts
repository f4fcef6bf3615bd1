// The sign-in of the reader: a client's own, or the owner's who looks as a client (?as=<client id>), with the
// dashboard's sign-in and without changing anything. The client's sign-in is stored in localStorage, so that all tabs
// share it.

import { error, redirect } from '@sveltejs/kit';
import PocketBase, { BaseAuthStore, type AuthRecord } from 'pocketbase';

import { claim, forgetAllButDrafts, forgetEverything, isClaimed } from '$face/memory';
import { normalise } from '$lib/text/normalise';
import { requireOwnAnswer } from '$lib/browser/own_answer';
import { local } from '$lib/browser/storage';
import { words } from '$face/words';

const dashboardStore = '__pb_superusers__/_'; // PocketBase's key for the dashboard at /_/

/** The id of the client as whom the owner looks; empty for clients. */
export const as = new URL(location.href).searchParams.get('as') ?? '';

/** Whether the shared components act for the owner: false here, true in the Studio. */
export const isOwner: boolean = false;

/** Whether this page can only be read. */
export const readOnly = as !== '';

const clientsStore = 'greenroom';

// The SDK's own store throws where localStorage is forbidden or full. With this one the sign-in then lasts until the
// page closes.
class ClientStore extends BaseAuthStore {
	constructor() {
		super();
		this.#load();
		addEventListener('storage', ({ key }) => {
			if (key === clientsStore || key === null) this.#load();
		});
	}

	#load() {
		const { token, record } = read(clientsStore);
		super.save(token, record);
	}

	override save(token: string, record?: AuthRecord) {
		local.setItem(clientsStore, JSON.stringify({ token, record }));
		super.save(token, record);
	}

	override clear() {
		local.removeItem(clientsStore);
		super.clear();
	}
}

function read(key: string): { token: string; record: AuthRecord } {
	try {
		const { token, record } = JSON.parse(local.getItem(key) ?? '{}');
		return { token: token ?? '', record: record ?? null };
	} catch {
		return { token: '', record: null };
	}
}

export const pb = new PocketBase(location.origin, readOnly ? ownersStore() : new ClientStore());
pb.autoCancellation(false);

// A copy of the owner's sign-in, so that nothing here can change or end it.
function ownersStore(): BaseAuthStore {
	const store = new BaseAuthStore();
	const { token, record } = read(dashboardStore);
	store.save(token, record);
	return store;
}

/** The signed-in client's record, shared by all tabs, and whether the last sign-out failed to reach the server. */
export const session = $state({ client: pb.authStore.isValid ? pb.authStore.record : null, untold: false });

if (session.client && !readOnly) claim(session.client.id);

/** Updates the record from a page's answer, because the client may have changed what a person may see. */
export function recognise(client: { id: string; name: string; access: string }): void {
	const known = pb.authStore.record;
	if (readOnly || known?.id !== client.id || (known.access === client.access && known.name === client.name)) return;
	pb.authStore.save(pb.authStore.token, { ...known, ...client });
}

pb.authStore.onChange((_, record) => {
	const before = session.client?.id;
	session.client = pb.authStore.isValid ? record : null;
	if (session.client && !readOnly) claim(session.client.id);
	if (before && record && before !== record.id) location.assign('/'); // somebody else signed in in another tab
});

// When the server has ended the sign-in, the SDK would otherwise try to reconnect for ever.
pb.afterSend = (response, data) => {
	requireOwnAnswer(response);
	const isOurs = (data as { status?: number } | undefined)?.status === 401; // false for a proxy that asks for its own password
	if (response.status === 401 && isOurs) endSession({ byServer: true });
	return normalise(data);
};

/** Deletes what this browser stores of the client, and the sign-in. Drafts stay if the server ended the sign-in. */
export function endSession({ byServer = false, untold = false } = {}): void {
	session.untold = untold;
	void pb.realtime.unsubscribe(); // without subscriptions the SDK closes the live connection
	if (readOnly) {
		session.client = null;
		return;
	}
	if (byServer) forgetAllButDrafts();
	else forgetEverything();
	pb.authStore.clear();
}

const aDay = 24 * 3600; // seconds

/** Renews a sign-in that is in use, at most once a day. */
export async function renew(): Promise<void> {
	if (readOnly || !pb.authStore.isValid) return;
	const { exp, iat } = JSON.parse(atob(pb.authStore.token.split('.')[1] ?? '')) as { exp: number; iat?: number };
	const twoWeeks = 14 * aDay;
	if ((iat ?? exp - twoWeeks) + aDay > Date.now() / 1000) return;
	await pb
		.collection('clients')
		.authRefresh()
		.catch(() => undefined); // afterSend sees a refusal, and being offline changes nothing
}

/** An address within the portal, with ?as= if the owner looks as a client. */
export function to(path: string): string {
	if (!as) return path;
	const url = new URL(path, location.origin);
	url.searchParams.set('as', as);
	return url.pathname + url.search + url.hash;
}

/** Redirects a page's load to the sign-in if nobody is signed in. */
export function requireSession(url: URL): void {
	if (session.client) return;
	if (as) error(401, { message: words.as.signIn, code: 'owner' });
	redirect(307, signInAddress(url));
}

/** The address of the sign-in, which leads back to the same place. */
export function signInAddress(url: URL): string {
	const next = url.pathname + url.search + url.hash;
	const query = new URLSearchParams({ ...(next !== '/' && { next }), ...(isClaimed() && { ended: '1' }) }).toString();
	return query ? `/sign-in?${query}` : '/sign-in';
}
