import { error } from '@sveltejs/kit';

import { page } from '$face/live.svelte';
import { words } from '$face/words';
import { allComments } from '$lib/listen/all_comments';
import { read } from '$lib/page/read';
import type { Deliverable, ProjectPage } from '$lib/types';

export async function load({
	depends,
	params
}: {
	depends: (key: string) => void;
	params: { id: string; deliverable: string };
}) {
	depends(page);
	const { project, deliverables } = await read<ProjectPage>(`/api/portal/projects/${encodeURIComponent(params.id)}`);
	const deliverable: Deliverable =
		deliverables.find(({ id }) => id === params.deliverable) ?? error(404, { message: words.errors.notFound });
	return { project, deliverable, comments: await allComments(deliverable, read) };
}
