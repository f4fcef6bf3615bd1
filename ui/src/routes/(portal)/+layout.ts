import { error } from '@sveltejs/kit';

import { as, pb, renew, requireSession } from '$face/session.svelte';
import type { Client } from '$lib/types';
import { words } from '$face/words';

/** Sends a visitor without a sign-in to the sign-in page, from which they return to the same place. */
export async function load({ url }: { url: URL }): Promise<{ viewed: Client | null }> {
	requireSession(url);
	void renew();
	if (!as) return { viewed: null };
	return {
		viewed: await pb
			.collection('clients')
			.getOne<Client>(as)
			.catch(() => error(404, words.errors.notFound))
	};
}
