// Phrases that the files of words share: numbers with their nouns, quoted titles, and the owner’s name.

import { studio } from '$face/studio';

export const { owner } = studio;

export const number = new Intl.NumberFormat('en-GB');

/** “1 comment”, “3 comments” */
export function count(n: number, one: string, many = one + 's'): string {
	return `${number.format(n)} ${n === 1 ? one : many}`;
}

export const quoted = (title: string) => `“${title.replaceAll('“', '‘').replaceAll('”', '’')}”`;
