// Facts about the studio. The counterpart of the portal's src/face/studio, whose facts are in its page; the owner's are
// requested while the rest of the bundle loads, which fails without them; main.ts says so.

import { inTime } from '$lib/browser/in_time';

import { dashboard } from '../dashboard';

export interface Facts {
	studio: string;
	owner: string;
	timeZone: string;
	url: string; // the portal's address
	hasMail: boolean;
	hasStripe: boolean;
	hasCalendar: boolean;
	hasSecondFactor: boolean; // a code by mail beside the password
}

const longest = 10_000; // milliseconds

// Whoever is not signed in any more comes to the dashboard's sign-in, and is waited for.
async function ask(): Promise<Facts> {
	const { authStore } = dashboard.pb;
	const headers = { Authorization: authStore.token };
	const read = async (signal: AbortSignal) => {
		const response = await fetch('/api/studio/facts', { headers, signal });
		return { response, answer: (await response.json()) as Facts };
	};
	const { response, answer } = await inTime(read, undefined, longest);
	if (response.ok) return answer;
	if ((answer as { status?: number }).status !== 401)
		throw new Error(`The facts about the studio: ${response.status}.`);
	const signedIn = new Promise<void>((resolve) => {
		const stop = authStore.onChange((token) => {
			if (!token) return;
			stop();
			resolve();
		});
	});
	authStore.clear();
	await signedIn;
	return ask();
}

/** Without them nothing of the Studio is shown: a wrong time or a wrong word about the sign-in would be worse. */
export const studio: Facts = await ask();
