import { redirect } from '@sveltejs/kit';

import { session } from '$face/session.svelte';

/** Where to go after signing in: a path of this portal, and nothing else. */
export function load({ url }: { url: URL }): { next: string; ended: boolean } {
	const asked = url.searchParams.get('next') ?? '/';
	const next = new URL(asked, url.origin).origin === url.origin && asked.startsWith('/') ? asked : '/';
	if (session.client) redirect(307, next);
	return { next, ended: url.searchParams.has('ended') };
}
