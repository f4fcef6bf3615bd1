import { redirect } from '@sveltejs/kit';

import { session } from '$face/session.svelte';

/** The page to go to after signing in, which must be a path of this portal. */
export function load({ url }: { url: URL }): { next: string; ended: boolean } {
	const asked = url.searchParams.get('next') ?? '/';
	const next = new URL(asked, url.origin).origin === url.origin && asked.startsWith('/') ? asked : '/';
	if (session.client) redirect(307, next);
	return { next, ended: url.searchParams.has('ended') };
}
