import { page } from '$face/live.svelte';
import { recognise } from '$face/session.svelte';
import { read } from '$lib/page/read';
import type { Overview, Person } from '$lib/types';

export async function load({ depends }: { depends: (key: string) => void }) {
	depends(page);
	const { client } = await read<Overview>('/api/portal/overview');
	recognise(client);
	// Only the client decides who has access, not their people.
	const people = client.account ? undefined : (await read<{ items: Person[] }>('/api/portal/people')).items;
	return { client, people };
}
