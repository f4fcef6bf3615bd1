// Signing in: an address, and the code that is sent to it. A phone may reload the page while its owner looks for the
// mail; the code is still asked for then.

import { tick } from 'svelte';

import { ofTab } from '$lib/browser/storage';
import { announce } from '$lib/live/announce.svelte';
import { sentenceOf } from '$lib/text/sentence';
import { pb } from '$face/session.svelte';
import { words } from '$face/words';

import { signInCode } from './sign_in_code';

const say = words.signIn;
const storageKey = 'greenroom-code';
const codeLifeMs = 10 * 60_000;
const maxEarlier = 2; // a wrong code counts once for each request that it is tried with

interface Asked {
	email: string;
	otpId: string;
	earlier: string[]; // requests whose codes may still arrive, newest first
	until: number; // when the newest code expires, in milliseconds
}

const clients = pb.collection('clients');
const statusOf = (failure: unknown) => (failure as { status?: number }).status;

export class SignIn {
	email = $state('');
	/** The id of the request whose code is asked for; empty while the address is asked for. */
	otpId = $state('');
	code = $state('');
	fault = $state('');
	/** The server's message if it sends no new mail yet. */
	onTheWay = $state('');
	busy = $state(false);

	#earlier = $state<string[]>([]);
	#until = 0;
	#done: () => Promise<void>;

	/** `done` is called after a successful sign-in. */
	constructor(done: () => Promise<void>) {
		this.#done = done;
		const asked = askedBefore();
		if (!asked) return;
		this.email = asked.email;
		this.otpId = asked.otpId;
		this.#earlier = asked.earlier;
		this.#until = asked.until;
	}

	/** Stores in this tab that a code is asked for. */
	remember(): void {
		const { email, otpId } = this;
		const asked: Asked = { email, otpId, earlier: this.#earlier, until: this.#until };
		if (otpId) ofTab.setItem(storageKey, JSON.stringify(asked));
		else ofTab.removeItem(storageKey);
	}

	/** Requests a code. */
	async ask(event: Event): Promise<void> {
		event.preventDefault();
		if (!/^\S+@\S+\.\S+$/.test(this.email.trim())) {
			this.fault = say.emailMissing;
			return focus('email');
		}
		await this.#attempt(async () => {
			await this.#request();
			this.code = '';
			await focus('title');
		}, sentenceOf);
	}

	/** Requests a new code. The earlier one may still arrive, and is accepted. */
	askAnew = (): Promise<void> =>
		this.#attempt(async () => {
			const before = this.otpId;
			await this.#request();
			if (before !== this.otpId) this.#earlier = [before, ...this.#earlier].slice(0, maxEarlier);
			this.code = '';
			announce(this.onTheWay || say.sentAnew);
			await focus('code');
		}, sentenceOf);

	/** Signs in with the code. */
	async enter(event: Event): Promise<void> {
		event.preventDefault();
		const digits = signInCode(this.code);
		if (!digits) {
			this.fault = say.codeMissing;
			return focus('code');
		}
		await this.#attempt(
			async () => {
				await this.#signInWith(digits);
				this.otpId = '';
				this.#earlier = [];
				await this.#done();
			},
			(failure) => (statusOf(failure) === 400 ? say.codeWrong : sentenceOf(failure))
		);
	}

	/** Returns to the address. */
	another = (): void => {
		this.#earlier = [];
		this.otpId = this.code = this.fault = this.onTheWay = '';
		void focus('email');
	};

	withClerk = (): Promise<void> =>
		this.#attempt(
			async () => {
				await clients.authWithOAuth2({ provider: 'oidc' });
				await this.#done();
			},
			() => say.clerkFailed
		);

	async #attempt(what: () => Promise<unknown>, wrong: (failure: unknown) => string): Promise<void> {
		if (this.busy) return;
		this.busy = true;
		this.fault = '';
		try {
			await what();
		} catch (failure) {
			this.fault = statusOf(failure) === 429 ? waitAs(sentenceOf(failure)) : wrong(failure);
			await focus(this.otpId ? 'code' : 'email');
		} finally {
			this.busy = false;
		}
	}

	async #request(): Promise<void> {
		const answer: { otpId: string; message?: string } = await clients.requestOTP(this.email.trim());
		this.#until = Date.now() + codeLifeMs;
		this.otpId = answer.otpId;
		this.onTheWay = answer.message ?? '';
	}

	async #signInWith(digits: string): Promise<unknown> {
		let refusal: unknown;
		for (const request of [this.otpId, ...this.#earlier]) {
			try {
				return await clients.authWithOTP(request, digits);
			} catch (failure) {
				if (statusOf(failure) !== 400) throw failure;
				refusal = failure;
			}
		}
		throw refusal;
	}
}

function askedBefore(): Asked | undefined {
	try {
		const {
			email = '',
			otpId = '',
			earlier = [],
			until = 0
		} = JSON.parse(ofTab.getItem(storageKey) ?? '{}') as Partial<Asked>;
		return until > Date.now() ? { email, otpId, earlier, until } : undefined;
	} catch {
		return undefined;
	}
}

async function focus(id: string): Promise<void> {
	await tick();
	document.getElementById(id)?.focus();
}

// The server says how long to wait, except when PocketBase's own limits refuse.
function waitAs(said: string): string {
	return /^too many requests\.?$/i.test(said) ? say.tooMany : said;
}
