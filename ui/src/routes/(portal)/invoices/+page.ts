import { page } from '$face/live.svelte';
import { read } from '$lib/page/read';
import type { Invoices } from '$lib/types';

export async function load({ depends }: { depends: (key: string) => void }) {
	depends(page);
	return { invoices: await read<Invoices>('/api/portal/invoices') };
}
