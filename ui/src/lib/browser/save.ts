// Saves an answer of the server as a file. A plain link could not send the sign-in.

import { pb } from '$face/session.svelte';

/** Saves the answer to a path under a file name. */
export async function save(path: string, filename: string): Promise<void> {
	const answer = await fetch(path, { headers: { Authorization: pb.authStore.token } });
	if (!answer.ok) throw { status: answer.status, response: await answer.json().catch(() => ({})) };
	const link = document.createElement('a');
	link.href = URL.createObjectURL(await answer.blob());
	link.download = filename;
	link.click();
	URL.revokeObjectURL(link.href);
}
