import type { Comment } from '$lib/types';

/** What is said about moments of a version, in the order in which it is heard. */
export function marksOf(comments: Comment[], version: string): Comment[] {
	return comments
		.filter(({ timed, attachment, deletedAt }) => timed && attachment === version && !deletedAt)
		.sort((a, b) => a.atMs - b.atMs || a.untilMs - b.untilMs || (a.created < b.created ? -1 : 1));
}
