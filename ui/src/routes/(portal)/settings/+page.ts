import { page } from '$face/live.svelte';
import { read } from '$lib/page/read';
import type { Overview } from '$lib/types';

export async function load({ depends }: { depends: (key: string) => void }) {
	depends(page);
	const { client } = await read<Overview>('/api/portal/overview');
	return { client };
}
