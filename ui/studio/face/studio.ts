// Facts about the studio. The counterpart of the portal's src/face/studio, whose facts are in its page; the owner's are
// requested while the rest of the bundle loads.

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

async function ask(signal: AbortSignal): Promise<Partial<Facts>> {
	const headers = { Authorization: dashboard.pb.authStore.token };
	const response = await fetch('/api/studio/facts', { headers, signal });
	return response.ok ? ((await response.json()) as Facts) : {};
}

const longest = 10_000; // milliseconds in which the Studio waits for them before it shows itself

const defaults = {
	studio: 'Greenroom',
	owner: 'James',
	timeZone: 'Europe/London',
	url: '',
	hasMail: false,
	hasStripe: false,
	hasCalendar: false,
	hasSecondFactor: false
};

export const studio: Facts = { ...defaults, ...(await inTime(ask, undefined, longest).catch(() => ({}))) };
