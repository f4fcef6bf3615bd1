// Sizes and kinds of files in words.

import { words } from '$face/words';

/** “4.2 MB” */
export function bytes(count: number): string {
	const units = ['B', 'KB', 'MB', 'GB'];
	let unit = 0;
	while (count >= 1000 && unit < units.length - 1) {
		count /= 1000;
		unit++;
	}
	return `${unit === 0 || count >= 100 ? Math.round(count) : Number(count.toFixed(1))} ${units[unit]}`;
}

/** The kind of a file in one word. */
export function kind(filename: string, mimeType: string): string {
	const type = mimeType.split('/')[0] ?? '';
	const extension = filename.includes('.') ? filename.split('.').at(-1)!.toUpperCase() : '';
	const word = words.kinds[type as keyof typeof words.kinds] ?? words.kinds.other;
	return extension && extension.length <= 5 ? `${extension} ${word}` : word[0]!.toUpperCase() + word.slice(1);
}
