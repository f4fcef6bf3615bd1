// What can be done with a file, and the short-lived address to do it with.

import { as, pb } from '$face/session.svelte';
import type { Attachment } from '$lib/types';

/** A fresh address of the file, to be shown or to be saved; it works for a while and for whoever has it. */
export async function fileLink(id: string, download = false): Promise<string> {
	const query = { ...(as && { as }), ...(download && { download: 1 }) };
	const { url } = await pb.send<{ url: string }>(`/api/portal/attachments/${id}/link`, { query });
	return url;
}

const images = ['image/png', 'image/jpeg', 'image/gif', 'image/webp', 'image/avif'];

/** How the browser can show the file in its place, if it can. */
export function viewer({ mimeType, filename }: Attachment): 'audio' | 'image' | 'pdf' | undefined {
	const type = mimeType.split(';')[0]!.trim();
	const sound = soundOf(type, filename);
	if (sound) return document.createElement('audio').canPlayType(sound) ? 'audio' : undefined;
	if (images.includes(type)) return 'image';
	if (type === 'application/pdf' && navigator.pdfViewerEnabled) return 'pdf';
	return undefined;
}

// Browsers know the same formats by other names than the ones found in the files.
const otherNames: Record<string, string> = {
	'audio/x-wav': 'audio/wav',
	'audio/wave': 'audio/wav',
	'audio/x-m4a': 'audio/mp4',
	'audio/x-flac': 'audio/flac',
	'application/ogg': 'audio/ogg'
};

function soundOf(type: string, filename: string): string | undefined {
	if (type === 'video/mp4' && filename.toLowerCase().endsWith('.m4a')) return 'audio/mp4';
	const name = otherNames[type] ?? type;
	return name.startsWith('audio/') ? name : undefined;
}
