// Who looks: the owner, by the dashboard's sign-in. The twin of the portal's src/face/session.svelte.

import { normalise } from '$lib/text/normalise';
import type PocketBase from 'pocketbase';

import { dashboard } from '../dashboard';
import { addressOf } from '../router.svelte';

export const isOwner: boolean = true;
export const readOnly: boolean = false;
export const as: string = '';

/** The dashboard's sign-in with a line and habits of its own: what is set here changes nothing in the stock pages. */
export const pb = new (dashboard.pb.constructor as typeof PocketBase)(location.origin, dashboard.pb.authStore);
pb.autoCancellation(false);
pb.afterSend = (response, data) => {
	if (response.status === 401) endSession();
	return normalise(data);
};

export const session = $state({ client: dashboard.pb.authStore.record });

dashboard.pb.authStore.onChange((_, record) => {
	session.client = record;
});

/** The dashboard then shows its sign-in. */
export function endSession(): void {
	dashboard.pb.authStore.clear();
}

/** A page's address in the Studio, of a path as the portal has it. */
export function to(path: string): string {
	return addressOf(path.slice(1));
}
