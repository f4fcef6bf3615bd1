// Decides how a file can be shown, and fetches its short-lived address.

import { as, pb } from '$face/session.svelte';
import type { Attachment } from '$lib/types';

/** A new address of the file for showing or saving it. It works for an hour, for anybody who has it. */
export async function fileLink(id: string, download = false): Promise<string> {
	const query = { ...(as && { as }), ...(download && { download: 1 }) };
	const { url } = await pb.send<{ url: string }>(`/api/portal/attachments/${id}/link`, { query });
	return url;
}

/** Lets a player go on at its place and speed once it has loaded another address. To be called before that is set. */
export function goOn(audio: HTMLAudioElement): void {
	const { currentTime, playbackRate, paused } = audio;
	const restore = () => {
		Object.assign(audio, { currentTime, playbackRate });
		if (!paused) void audio.play().catch(() => undefined);
	};
	audio.addEventListener('loadedmetadata', restore, { once: true });
}

const images = ['image/png', 'image/jpeg', 'image/gif', 'image/webp', 'image/avif'];

/** The way in which the browser can show the file in place, if it can. */
export function viewer({ mimeType, filename }: Attachment): 'audio' | 'image' | 'pdf' | undefined {
	const type = mimeType.split(';')[0]!.trim();
	const sound = soundOf(type, filename);
	if (sound) return document.createElement('audio').canPlayType(sound) ? 'audio' : undefined;
	if (images.includes(type)) return 'image';
	if (type === 'application/pdf' && navigator.pdfViewerEnabled) return 'pdf';
	return undefined;
}

// Browsers have other names for some formats than those found in files.
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
