import { page } from '$face/live.svelte';
import { recognise } from '$face/session.svelte';
import { read } from '$lib/page/read';
import type { Invoices, Overview } from '$lib/types';

export async function load({ depends }: { depends: (key: string) => void }) {
	depends(page);
	// Invoices come from another service and are loaded separately, so that the page does not wait for them.
	const overview = read<Overview>('/api/portal/overview');
	// For a person who may not see invoices, as the overview says, none are requested.
	const invoices = overview
		.then(({ client }) => (client.access === 'work' ? undefined : read<Invoices>('/api/portal/invoices')))
		.catch(() => undefined);
	const { client } = await overview;
	recognise(client);
	return { overview: await overview, invoices };
}
