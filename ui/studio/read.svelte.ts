// Reading: one way for every page.

import { tick } from 'svelte';

import { normalise } from '$lib/text/normalise';
import { words } from '$face/words';

import { reads } from '$face/live.svelte';
import { endSession, pb } from '$face/session.svelte';

/** Why something could not be read, in a sentence. */
export class Refusal extends Error {
	constructor(
		sentence: string,
		readonly status = 0
	) {
		super(sentence);
	}
}

/** Gives the answer of a route, its times all alike; a list of several pages as one. Throws a Refusal. */
export async function read<T>(path: string): Promise<T> {
	const answer = await readPage<T>(path);
	const list = answer as { items?: unknown[]; more?: boolean };
	if (!list.more || !list.items) return answer;
	const next = await read<{ items: unknown[] }>(pageAfter(path));
	return { ...answer, items: [...list.items, ...next.items], more: false };
}

function pageAfter(path: string): string {
	const [route = '', query] = path.split('?');
	const params = new URLSearchParams(query);
	params.set('page', String(Number(params.get('page') ?? 1) + 1));
	return `${route}?${params}`;
}

async function readPage<T>(path: string): Promise<T> {
	let response: Response;
	let text: string;
	try {
		response = await fetch(path, { headers: { Authorization: pb.authStore.token } });
		text = await response.text();
	} catch {
		throw new Refusal(words.errors.notSent);
	}
	if (response.status === 401) endSession();
	if (response.status === 404) throw new Refusal(words.errors.notFound, 404);
	if (!response.ok) throw new Refusal(messageOf(text) ?? words.errors.unknown, response.status);
	return normalise(JSON.parse(text) as T);
}

function messageOf(text: string): string | undefined {
	try {
		return (JSON.parse(text) as { message?: string }).message || undefined;
	} catch {
		return undefined;
	}
}

/** What a path answers, for as long as the component lives that made it: read anew by refresh() and when the path changes, and what was
 * read before stays until then; where another path then fails, it goes. */
export class Reading<T> {
	data = $state.raw<T>();
	failure = $state.raw<Refusal>();
	/** Whether what is shown is still another path's. */
	isOld = $state(false);

	constructor(path: () => string) {
		let asked = 0;
		let shown = 0;
		let of = '';
		let shownOf = '';
		$effect(() => {
			void reads.count;
			const turn = ++asked;
			const where = path();
			of = where;
			this.isOld = shownOf !== '' && shownOf !== where;
			read<T>(where).then(
				(data) => {
					if (turn < shown || where !== of) return; // a later question was answered before
					shown = turn;
					shownOf = where;
					keepFocus();
					this.data = data;
					this.failure = undefined;
					this.isOld = false;
				},
				(failure: Refusal) => {
					if (turn !== asked) return;
					if (this.isOld) this.data = undefined;
					this.failure = failure;
					this.isOld = false;
				}
			);
		});
	}
}

/** What a new order moves loses the focus on its way; it gets it back before the next key. */
function keepFocus(): void {
	const held = document.activeElement;
	void tick().then(() => {
		if (held instanceof HTMLElement && held.isConnected && document.activeElement === document.body)
			held.focus({ preventScroll: true });
	});
}
