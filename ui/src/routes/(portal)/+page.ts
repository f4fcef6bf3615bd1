import { page } from '$face/live.svelte';
import { read } from '$lib/page/read';
import type { Invoices, Overview } from '$lib/types';

export async function load({ depends }: { depends: (key: string) => void }) {
	depends(page);
	// Money comes from another service, by itself: however long that takes, the page does not wait.
	const overview = read<Overview>('/api/portal/overview');
	const invoices = read<Invoices>('/api/portal/invoices').catch(() => undefined);
	return { overview: await overview, invoices };
}
