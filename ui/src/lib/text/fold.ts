const screenful = 1400; // characters, about as many as a phone's screen shows
const leastRest = 400; // characters; a shorter rest is not folded

interface Folded {
	start: string;
	rest: string; // empty if nothing is folded
}

/** Splits a long text after the paragraph, or else the sentence, that fills a screen. */
export function foldText(text: string): Folded {
	const ends = ['\n\n', '\n', '. ']
		.map((end) => ({ end, at: text.indexOf(end, screenful) }))
		.filter(({ at }) => at >= 0 && at < 2 * screenful);
	const cut = ends[0] ? ends[0].at + ends[0].end.length : text.length;
	if (text.length - cut < leastRest) return { start: text, rest: '' };
	return { start: text.slice(0, cut).trimEnd(), rest: text.slice(cut).trimStart() };
}

/** Splits long HTML, as the server makes it of Markdown, after the block that fills a screen. */
export function foldHtml(html: string): Folded {
	const blocks = [...new DOMParser().parseFromString(html, 'text/html').body.children];
	const lengths = blocks.map(({ textContent }) => textContent.length);
	const sum = (values: number[]) => values.reduce((total, value) => total + value, 0);
	const cut = lengths.findIndex((_, i) => sum(lengths.slice(0, i + 1)) >= screenful) + 1;
	if (cut === 0 || sum(lengths.slice(cut)) < leastRest) return { start: html, rest: '' };
	const joined = (part: Element[]) => part.map(({ outerHTML }) => outerHTML).join('\n');
	return { start: joined(blocks.slice(0, cut)), rest: joined(blocks.slice(cut)) };
}
