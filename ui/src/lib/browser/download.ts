// Saves files to the reader's disk.

import { pb } from '$face/session.svelte';

/** Saves the file at an address. With an empty name it keeps the server's, and an error leaves the page where it is. */
export function saveAs(url: string, filename: string): void {
	const link = document.createElement('a');
	link.href = url;
	link.download = filename;
	link.click();
}

/** Saves the answer to a path under a file name. A plain link could not send the sign-in. */
export async function download(path: string, filename: string): Promise<void> {
	const answer = await fetch(path, { headers: { Authorization: pb.authStore.token } });
	if (!answer.ok) throw { status: answer.status, response: await answer.json().catch(() => ({})) };
	if (answer.headers.get('Content-Type')?.startsWith('text/html')) throw {}; // it is the page of something between here and the studio
	const url = URL.createObjectURL(await answer.blob());
	saveAs(url, filename);
	URL.revokeObjectURL(url);
}
