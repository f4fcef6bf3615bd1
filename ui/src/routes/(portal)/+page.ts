import { page } from '$face/live.svelte';
import { recognise } from '$face/session.svelte';
import { read } from '$lib/page/read';
import type { Invoices, Overview } from '$lib/types';

export async function load({ depends }: { depends: (key: string) => void }) {
	depends(page);
	// Money comes from another service, by itself: however long that takes, the page does not wait.
	const overview = read<Overview>('/api/portal/overview');
	// Who sees no money, which the overview says, is not asked about any.
	const invoices = overview
		.then(({ client }) => (client.access === 'work' ? undefined : read<Invoices>('/api/portal/invoices')))
		.catch(() => undefined);
	const { client } = await overview;
	recognise(client);
	return { overview: await overview, invoices };
}
