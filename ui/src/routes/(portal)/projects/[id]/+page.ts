import { page } from '$face/live.svelte';
import { read } from '$lib/page/read';
import type { ProjectPage } from '$lib/types';

export async function load({ depends, params }: { depends: (key: string) => void; params: { id: string } }) {
	depends(page);
	return { shown: await read<ProjectPage>(`/api/portal/projects/${encodeURIComponent(params.id)}`) };
}
