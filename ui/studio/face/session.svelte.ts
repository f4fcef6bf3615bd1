// The sign-in of the reader, who is the owner: the dashboard's. The counterpart of the portal's src/face/session.svelte.

import { requireOwnAnswer } from '$lib/browser/own_answer';
import { normalise } from '$lib/text/normalise';
import type PocketBase from 'pocketbase';

import { dashboard } from '../dashboard';
import { addressOf } from '../router.svelte';

export const isOwner: boolean = true;
export const readOnly: boolean = false;
export const as: string = '';

/**
 * An SDK of our own with the dashboard's sign-in, so that its settings and live connection do not affect the stock
 * pages.
 */
export const pb = new (dashboard.pb.constructor as typeof PocketBase)(location.origin, dashboard.pb.authStore);
pb.autoCancellation(false);
pb.afterSend = (response, data) => {
	requireOwnAnswer(response);
	const isOurs = (data as { status?: number } | undefined)?.status === 401; // false for a proxy that asks for its own password
	if (response.status === 401 && isOurs) endSession();
	return normalise(data);
};

export const session = $state({ client: dashboard.pb.authStore.record });

dashboard.pb.authStore.onChange((_, record) => {
	session.client = record;
});

/** Signs out; the dashboard then shows its sign-in. */
export function endSession(): void {
	dashboard.pb.authStore.clear();
}

/** The address in the Studio for a path of the portal's. */
export function to(path: string): string {
	return addressOf(path.slice(1));
}
