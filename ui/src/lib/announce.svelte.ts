// The one polite voice of the page: at most one sentence every two seconds, and what comes in between is merged.

import { words } from './words';

const pause = 2000; // milliseconds between two sentences

/** What the live region holds. */
export const voice = $state({ sentence: '' });

type Sentence = string | { key: string; text: (count: number) => string }; // of the same key, several become one

let waiting = new Map<string, { text: (count: number) => string; count: number }>();
let timer: ReturnType<typeof setTimeout> | undefined;
let last = 0;

/** Says it as soon as it is polite. */
export function announce(sentence: Sentence): void {
	const { key, text } = typeof sentence === 'string' ? { key: sentence, text: () => sentence } : sentence;
	waiting.set(key, { text, count: (waiting.get(key)?.count ?? 0) + 1 });
	timer ??= setTimeout(speak, Math.max(150, last + pause - Date.now()));
}

function speak(): void {
	timer = undefined;
	last = Date.now();
	const sentences = [...waiting.values()].map(({ text, count }) => text(count));
	waiting = new Map();
	const sentence = sentences.length > 3 ? words.live.several(sentences.length) : sentences.join(' ');
	voice.sentence = sentence === voice.sentence ? sentence + '\u00a0' : sentence; // the same words again are news too
}
