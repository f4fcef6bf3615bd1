import type { Comment, Deliverable } from '$lib/types';

const maxPages = 40; // of earlier comments, which makes two thousand

type Page = { items: Comment[]; olderComments: number };

/** Reads all comments of a deliverable. A page has only the newest ones, but marks are listed by their moment. */
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
