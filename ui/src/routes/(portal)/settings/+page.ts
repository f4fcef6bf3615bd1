import { page } from '$lib/live.svelte';
import { read } from '$lib/read';
import type { Overview } from '$lib/types';

export async function load({ depends }: { depends: (key: string) => void }) {
	depends(page);
	const { client } = await read<Overview>('/api/portal/overview');
	return { client };
}
