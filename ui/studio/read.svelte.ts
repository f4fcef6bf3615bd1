// Loads data for every page.

import { tick } from 'svelte';

import { inTime } from '$lib/browser/in_time';
import { normalise } from '$lib/text/normalise';
import { sentenceOf } from '$lib/text/sentence';
import { words } from '$face/words';

import { reads } from '$face/live.svelte';
import { endSession, pb } from '$face/session.svelte';

/** The reason why something could not be loaded, in a sentence. */
export class Refusal extends Error {
	constructor(
		sentence: string,
		readonly status = 0
	) {
		super(sentence);
	}
}

/**
 * Returns the answer of a route, with all times in RFC 3339, and all pages of a list as one. Throws a Refusal, also when
 * no answer comes in time or `left` is aborted.
 */
export async function read<T>(path: string, left?: AbortSignal): Promise<T> {
	const answer = await readPage<T>(path, left);
	const list = answer as { items?: unknown[]; more?: boolean };
	if (!list.more || !list.items) return answer;
	const next = await read<{ items: unknown[] }>(pageAfter(path), left);
	return { ...answer, items: [...list.items, ...next.items], more: false };
}

function pageAfter(path: string): string {
	const [route = '', query] = path.split('?');
	const params = new URLSearchParams(query);
	params.set('page', String(Number(params.get('page') ?? 1) + 1));
	return `${route}?${params}`;
}

async function readPage<T>(path: string, left?: AbortSignal): Promise<T> {
	const ask = async (signal: AbortSignal, arrives: () => void) => {
		const response = await fetch(path, { headers: { Authorization: pb.authStore.token }, signal });
		arrives();
		return { response, answer: parse(await response.text()) };
	};
	const { response, answer } = await inTime(ask, left).catch((failure: unknown) => {
		throw new Refusal(sentenceOf(failure));
	});
	if ((answer as { status?: number } | null | undefined)?.status === 401) endSession(); // and not where a proxy asks for its own password
	if (response.status === 404) throw new Refusal(words.errors.notFound, 404);
	if (!response.ok)
		throw new Refusal((answer as { message?: string } | undefined)?.message || words.errors.unknown, response.status);
	if (answer === undefined) throw new Refusal(words.errors.notSent); // a hotel's network answered instead of the server
	return normalise(answer as T);
}

function parse(text: string): unknown {
	try {
		return JSON.parse(text);
	} catch {
		return undefined;
	}
}

/**
 * The answer to a path, for the lifetime of the component that creates it. It is loaded again by refresh() and when the
 * path changes. The old answer stays until then, and is dropped if another path fails or nothing is found any more.
 * Requests for a path that is not shown any more are ended, as a browser sends only a few at a time.
 */
export class Reading<T> {
	data = $state.raw<T>();
	failure = $state.raw<Refusal>();
	/** Whether the answer shown is that of another path. */
	isOld = $state(false);

	constructor(path: () => string) {
		let asked = 0;
		let shown = 0;
		let of = '';
		let shownOf = '';
		let left = new AbortController();
		$effect(() => () => left.abort());
		$effect(() => {
			void reads.count;
			const turn = ++asked;
			const where = path();
			if (where !== of) {
				left.abort();
				left = new AbortController();
			}
			of = where;
			this.isOld = shownOf !== '' && shownOf !== where;
			read<T>(where, left.signal).then(
				(data) => {
					if (turn < shown || where !== of) return; // a later request was answered first
					shown = turn;
					shownOf = where;
					keepFocus();
					this.data = data;
					this.failure = undefined;
					this.isOld = false;
				},
				(failure: Refusal) => {
					if (turn !== asked) return;
					if (this.isOld || failure.status === 404) this.data = undefined; // it may have been deleted elsewhere
					this.failure = failure;
					this.isOld = false;
				}
			);
		});
	}
}

/** An element that is moved in the document loses the focus; this returns it before the next key. */
function keepFocus(): void {
	const held = document.activeElement;
	void tick().then(() => {
		if (held instanceof HTMLElement && held.isConnected && document.activeElement === document.body)
			held.focus({ preventScroll: true });
	});
}
