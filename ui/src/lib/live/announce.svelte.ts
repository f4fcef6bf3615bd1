// The page's only live region, which is polite: at most one sentence every two seconds; news in between is merged into
// a number. The reader's own actions are always confirmed in their own words.

import { words } from '$face/words';

const pause = 2000; // milliseconds between two sentences

/** The text of the live region. */
export const voice = $state({ sentence: '' });

type Sentence = string | { key: string; text: (count: number) => string }; // several with the same key become one

let waiting = new Map<string, { text: (count: number) => string; count: number; isNews: boolean }>();
let timer: ReturnType<typeof setTimeout> | undefined;
let last = 0;
let held = 0;

/** Holds news back until the returned function is called, because something is being listened to. */
export function holdNews(): () => void {
	held++;
	return () => {
		held--;
		if (waiting.size > 0) timer ??= setTimeout(speak, pause);
	};
}

/** Announces a sentence, after the pause. */
export function announce(sentence: Sentence, { isNews = false } = {}): void {
	const { key, text } = typeof sentence === 'string' ? { key: sentence, text: () => sentence } : sentence;
	waiting.set(key, { text, count: (waiting.get(key)?.count ?? 0) + 1, isNews });
	timer ??= setTimeout(speak, Math.max(150, last + pause - Date.now()));
}

function speak(): void {
	timer = undefined;
	const later = new Map(held > 0 ? [...waiting].filter(([, { isNews }]) => isNews) : []);
	for (const key of later.keys()) waiting.delete(key);
	if (waiting.size === 0) {
		waiting = later;
		return;
	}
	last = Date.now();
	const said = (news: boolean) =>
		[...waiting.values()].filter(({ isNews }) => isNews === news).map(({ text, count }) => text(count));
	const [own, news] = [said(false), said(true)];
	waiting = later;
	const sentence = [...own, ...(news.length > 3 ? [words.live.several(news.length)] : news)].join(' ');
	voice.sentence = sentence === voice.sentence ? sentence + '\u00a0' : sentence; // the same text would not be announced again
}
