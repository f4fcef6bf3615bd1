// Finds names by their parts, ignoring case and accents; every word of the query has to occur.

const plain = (text: string) => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();

/** Returns the items that contain all words, those that begin with the first word before the others. */
export function match<T>(all: T[], text: string, textOf: (item: T) => string): T[] {
	const asked = plain(text).split(/\s+/).filter(Boolean);
	if (asked.length === 0) return all;
	const found = all
		.map((item) => ({ item, text: plain(textOf(item)) }))
		.filter(({ text }) => asked.every((word) => text.includes(word)));
	const begins = ({ text }: { text: string }) => text.startsWith(asked[0]!);
	return [...found.filter(begins), ...found.filter((entry) => !begins(entry))].map(({ item }) => item);
}
