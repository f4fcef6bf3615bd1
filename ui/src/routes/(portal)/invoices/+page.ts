import { page } from '$lib/live.svelte';
import { read } from '$lib/read';
import type { Invoices } from '$lib/types';

export async function load({ depends }: { depends: (key: string) => void }) {
	depends(page);
	return { invoices: await read<Invoices>('/api/portal/invoices') };
}
