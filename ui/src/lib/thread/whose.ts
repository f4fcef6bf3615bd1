import { isOwner } from '$face/session.svelte';
import type { Comment } from '$lib/types';

const maxStart = 32; // characters

/** Whether the reader wrote the comment. Several people may write for one client. */
export const isMine = ({ isJames, mine }: Comment) => (isOwner ? isJames : (mine ?? !isJames));

/** The beginning of a comment, by which its buttons are named. */
export function startOf({ body }: Comment): string {
	return body.length > maxStart ? body.slice(0, maxStart - 2).trimEnd() + '…' : body;
}
