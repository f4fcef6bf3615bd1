// Reading: one way for every page.

import { normalise } from '$lib/normalise';
import { words } from '$lib/words';

import { reads } from './live.svelte';
import { endSession, pb } from './session.svelte';

/** Why something could not be read, in a sentence. */
export class Refusal extends Error {
	constructor(
		sentence: string,
		readonly status = 0
	) {
		super(sentence);
	}
}

/** Gives the answer of a route, its times all alike; throws a Refusal. */
export async function read<T>(path: string): Promise<T> {
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
 * read before stays until then. */
export class Reading<T> {
	data = $state.raw<T>();
	failure = $state.raw<Refusal>();

	constructor(path: () => string) {
		let asked = 0;
		let shown = 0;
		let of = '';
		$effect(() => {
			void reads.count;
			const turn = ++asked;
			const where = path();
			of = where;
			read<T>(where).then(
				(data) => {
					if (turn < shown || where !== of) return; // a later question was answered before
					shown = turn;
					this.data = data;
					this.failure = undefined;
				},
				(failure: Refusal) => {
					if (turn === asked) this.failure = failure;
				}
			);
		});
	}
}
