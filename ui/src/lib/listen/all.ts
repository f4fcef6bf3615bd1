import type { Comment, Deliverable } from '$lib/types';

const maxPages = 40; // of earlier comments: two thousand

type Page = { items: Comment[]; olderComments: number };

/** A page has the newest comments of a deliverable; marks are listed by their time, so all of them are read. */
export async function allComments(
	{ id, comments = [], olderComments = 0 }: Deliverable,
	read: (path: string) => Promise<Page>
): Promise<Comment[]> {
	let all = comments;
	let older = olderComments;
	for (let i = 0; older > 0 && all[0] && i < maxPages; i++) {
		const earlier = await read(`/api/portal/comments?deliverable=${id}&before=${all[0].id}`);
		all = [...earlier.items, ...all];
		older = earlier.olderComments;
	}
	return all;
}
