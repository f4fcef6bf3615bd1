// Who looks at the portal: a client with a sign-in of their own, or the owner looking as one (?as=<client id>), who
// reads with the dashboard's sign-in and writes nothing. The client's is kept in localStorage, so that all tabs share
// it.

import { error, redirect } from '@sveltejs/kit';
import PocketBase, { BaseAuthStore, type AuthRecord } from 'pocketbase';

import { claim, forgetAllButDrafts, forgetEverything, isClaimed } from '$face/memory';
import { normalise } from '$lib/text/normalise';
import { local } from '$lib/browser/storage';
import { words } from '$face/words';

const dashboardStore = '__pb_superusers__/_'; // PocketBase's, for its dashboard at /_/

/** The client whom the owner looks as; empty for clients. */
export const as = new URL(location.href).searchParams.get('as') ?? '';

/** Whose side the shared components take: this is the clients' page, the Studio is the owner's. */
export const isOwner: boolean = false;

/** Nothing can be written on this page. */
export const readOnly = as !== '';

const clientsStore = 'greenroom';

// The SDK's own store fails where localStorage is forbidden or full; with this one the sign-in then lasts as long as
// the page.
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

// A copy, so that nothing here can change or end the owner's sign-in.
function ownersStore(): BaseAuthStore {
	const store = new BaseAuthStore();
	const { token, record } = read(dashboardStore);
	store.save(token, record);
	return store;
}

/** The record of who signed in, kept in step over all tabs; and whether the last sign-out never reached the server. */
export const session = $state({ client: pb.authStore.isValid ? pb.authStore.record : null, untold: false });

if (session.client && !readOnly) claim(session.client.id);

/** Takes over what a page says of who signed in: since then, the client may have let them see more, or less. */
export function recognise(client: { id: string; name: string; access: string }): void {
	const known = pb.authStore.record;
	if (readOnly || known?.id !== client.id || (known.access === client.access && known.name === client.name)) return;
	pb.authStore.save(pb.authStore.token, { ...known, ...client });
}

pb.authStore.onChange((_, record) => {
	const before = session.client?.id;
	session.client = pb.authStore.isValid ? record : null;
	if (session.client && !readOnly) claim(session.client.id);
	if (before && record && before !== record.id) location.assign('/'); // somebody else signed in, in another tab
});

// The server ended the sign-in: the SDK would otherwise try to reconnect for ever.
pb.afterSend = (response, data) => {
	const isOurs = (data as { status?: number } | undefined)?.status === 401; // a proxy that asks for a password of its own is not the studio
	if (response.status === 401 && isOurs) endSession({ byServer: true });
	return normalise(data);
};

/**
 * What this browser kept of the client goes, and the sign-in with it; drafts stay where it was not the client who left.
 */
export function endSession({ byServer = false, untold = false } = {}): void {
	session.untold = untold;
	void pb.realtime.unsubscribe(); // with nothing left to listen to, the SDK closes the line
	if (readOnly) {
		session.client = null;
		return;
	}
	if (byServer) forgetAllButDrafts();
	else forgetEverything();
	pb.authStore.clear();
}

const aDay = 24 * 3600; // seconds

/** A sign-in that is in use is renewed, at most once a day. */
export async function renew(): Promise<void> {
	if (readOnly || !pb.authStore.isValid) return;
	const { exp, iat } = JSON.parse(atob(pb.authStore.token.split('.')[1] ?? '')) as { exp: number; iat?: number };
	const twoWeeks = 14 * aDay;
	if ((iat ?? exp - twoWeeks) + aDay > Date.now() / 1000) return;
	await pb
		.collection('clients')
		.authRefresh()
		.catch(() => undefined); // refused is seen by afterSend, offline changes nothing
}

/** An address within the portal, as the one who looks. */
export function to(path: string): string {
	if (!as) return path;
	const url = new URL(path, location.origin);
	url.searchParams.set('as', as);
	return url.pathname + url.search + url.hash;
}

/** Stops a page's load where nobody is signed in: whoever it is goes to do that. */
export function requireSession(url: URL): void {
	if (session.client) return;
	if (as) error(401, { message: words.as.signIn, code: 'owner' });
	redirect(307, signInAddress(url));
}

/** Where one signs in, to come back to the same place. */
export function signInAddress(url: URL): string {
	const next = url.pathname + url.search + url.hash;
	const query = new URLSearchParams({ ...(next !== '/' && { next }), ...(isClaimed() && { ended: '1' }) }).toString();
	return query ? `/sign-in?${query}` : '/sign-in';
}
