import type { Comment } from '$lib/types';

/** The comments about moments of a version, ordered by moment. */
export function marksOf(comments: Comment[], version: string): Comment[] {
	return comments
		.filter(({ timed, attachment, deletedAt }) => timed && attachment === version && !deletedAt)
		.sort((a, b) => a.atMs - b.atMs || a.untilMs - b.untilMs || (a.created < b.created ? -1 : 1));
}
