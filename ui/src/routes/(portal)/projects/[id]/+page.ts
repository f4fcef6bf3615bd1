import { page } from '$lib/live.svelte';
import { read } from '$lib/read';
import type { ProjectPage } from '$lib/types';

export async function load({ depends, params }: { depends: (key: string) => void; params: { id: string } }) {
	depends(page);
	return { shown: await read<ProjectPage>(`/api/portal/projects/${encodeURIComponent(params.id)}`) };
}
