import { page } from '$face/live.svelte';
import { read } from '$lib/page/read';
import type { Found } from '$lib/types';

const shortest = 2;

/** The query is in the address, so that results can be left and returned to. */
export async function load({ depends, url }: { depends: (key: string) => void; url: URL }) {
	depends(page);
	const query = (url.searchParams.get('q') ?? '').trim();
	if ([...query].length < shortest) return { query, items: [] as Found[], asked: false };
	const { items } = await read<{ items: Found[] }>(`/api/portal/search?q=${encodeURIComponent(query)}`);
	return { query, items, asked: true };
}
