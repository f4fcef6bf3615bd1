import { error } from '@sveltejs/kit';

import { page } from '$face/live.svelte';
import { read } from '$lib/page/read';
import type { Comment, Deliverable, ProjectPage } from '$lib/types';
import { words } from '$face/words';

const maxPages = 40; // of earlier comments: two thousand

/** The project's page has the newest comments of the deliverable; marks are listed by their time, so all of them are read. */
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
	let comments = deliverable.comments ?? [];
	let older = deliverable.olderComments ?? 0;
	for (let i = 0; older > 0 && comments[0] && i < maxPages; i++) {
		const earlier = await read<{ items: Comment[]; olderComments: number }>(
			`/api/portal/comments?deliverable=${deliverable.id}&before=${comments[0].id}`
		);
		comments = [...earlier.items, ...comments];
		older = earlier.olderComments;
	}
	return { project, deliverable, comments };
}
