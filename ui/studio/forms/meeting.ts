/** A meeting with the client in the calendar, and the session that tells of it, if any. */
export interface Meeting {
	id: string;
	calendarEventId: string;
	title: string;
	startTime: string;
	endTime: string;
	session: string;
}
