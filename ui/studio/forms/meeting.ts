import { isoDayOf } from '$lib/time/times';

import type { Values } from './form';

/** A meeting with the client, and the session made of it, if any. */
export interface Meeting {
	id: string;
	calendarEventId: string;
	title: string;
	startTime: string;
	endTime: string;
	session: string;
}

/** The values that a session's form takes from a meeting. */
export function valuesOfMeeting({ calendarEventId, title, startTime, endTime }: Meeting): Values {
	const minutes = Math.round((Date.parse(endTime) - Date.parse(startTime)) / 60_000);
	return { calendarEventId, title, date: isoDayOf(startTime), durationMin: String(minutes) };
}
