import { isOwner } from '$face/session.svelte';
import type { Comment } from '$lib/types';

const maxStart = 32; // characters

/** Whether who reads wrote it. Several people may write for one client. */
export const isMine = ({ isJames, mine }: Comment) => (isOwner ? isJames : (mine ?? !isJames));

/** The first words of a comment, by which its buttons name it. */
export function startOf({ body }: Comment): string {
	return body.length > maxStart ? body.slice(0, maxStart - 2).trimEnd() + '…' : body;
}
