import { isoDayOf } from '$lib/time/times';

import type { Values } from './form';

/** A meeting with the client in the calendar, and the session that tells of it, if any. */
export interface Meeting {
	id: string;
	calendarEventId: string;
	title: string;
	startTime: string;
	endTime: string;
	session: string;
}

/** What the form of a session takes over from its meeting. */
export function valuesOfMeeting({ calendarEventId, title, startTime, endTime }: Meeting): Values {
	const minutes = Math.round((Date.parse(endTime) - Date.parse(startTime)) / 60_000);
	return { calendarEventId, title, date: isoDayOf(startTime), durationMin: String(minutes) };
}
