import { page } from '$face/live.svelte';
import { as, session } from '$face/session.svelte';
import { read } from '$lib/page/read';
import type { Invoices, Overview } from '$lib/types';

export async function load({ depends }: { depends: (key: string) => void }) {
	depends(page);
	// Money comes from another service, by itself: however long that takes, the page does not wait.
	const overview = read<Overview>('/api/portal/overview');
	// Who sees no money is not asked about any; whether that is so of whom the owner looks as, the overview says.
	const seesMoney = as
		? overview.then(({ client }) => client.access !== 'work')
		: Promise.resolve(session.client?.access !== 'work');
	const invoices = seesMoney
		.then((sees) => (sees ? read<Invoices>('/api/portal/invoices') : undefined))
		.catch(() => undefined);
	return { overview: await overview, invoices };
}
