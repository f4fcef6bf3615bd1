import { as, renew, requireSession } from '$face/session.svelte';
import { read } from '$lib/page/read';
import type { Client } from '$lib/types';

/** Sends a visitor without a sign-in to the sign-in page, from which they return to the same place. */
export async function load({ url }: { url: URL }): Promise<{ viewed: Client | null }> {
	requireSession(url);
	void renew();
	if (!as) return { viewed: null };
	return {
		viewed: await read<Client>(`/api/collections/clients/records/${encodeURIComponent(as)}`)
	};
}
