// Finding by a part of a name, whatever its case and accents; each word that is written has to be there.

const plain = (text: string) => text.normalize('NFD').replace(/\p{M}/gu, '').toLowerCase();

/** What has all the words, in its order, with what begins with the first of them before the rest. */
export function match<T>(all: T[], text: string, textOf: (item: T) => string): T[] {
	const asked = plain(text).split(/\s+/).filter(Boolean);
	if (asked.length === 0) return all;
	const found = all
		.map((item) => ({ item, text: plain(textOf(item)) }))
		.filter(({ text }) => asked.every((word) => text.includes(word)));
	const begins = ({ text }: { text: string }) => text.startsWith(asked[0]!);
	return [...found.filter(begins), ...found.filter((entry) => !begins(entry))].map(({ item }) => item);
}
