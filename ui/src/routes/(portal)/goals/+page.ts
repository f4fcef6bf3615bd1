import { page } from '$face/live.svelte';
import { readList } from '$lib/page/read';
import type { Goal, Project } from '$lib/types';

export type Listed = Goal & { expand?: { project?: Project } };

export async function load({ depends }: { depends: (key: string) => void }) {
	depends(page);
	const { items } = await readList<Listed>('goals', { perPage: '500', sort: 'created', expand: 'project' });
	return { goals: items };
}
