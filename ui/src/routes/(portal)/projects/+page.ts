import { page } from '$face/live.svelte';
import { readList } from '$lib/page/read';
import type { Project } from '$lib/types';

export async function load({ depends }: { depends: (key: string) => void }) {
	depends(page);
	const { items } = await readList<Project>('projects', { perPage: '500', sort: '-created' });
	return { projects: items };
}
