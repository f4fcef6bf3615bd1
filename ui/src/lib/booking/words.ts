// The words for booking a time. They load with that page; the words of the first pages are in $face/words.

import { studio } from '$face/studio';
import { count, words as shared } from '$face/words';

const { owner } = studio;
const { quoted } = shared;

export const words = {
	title: 'Book a meeting',
	off: `Meetings are not booked here. To arrange one, write to ${owner}.`,
	howLong: 'How long?',
	durations: [
		[15, '15 minutes'],
		[30, 'Half an hour'],
		[45, '45 minutes'],
		[60, 'One hour'],
		[90, 'One hour and a half'],
		[120, 'Two hours']
	] as [number, string][],
	when: 'When?',
	free: (n: number) => `${count(n, 'time')} free`,
	timesOn: (day: string) => `Times on ${day}`,
	found: (times: number, days: number) =>
		times === 0 ? 'No time is free.' : `${count(times, 'time is', 'times are')} free on ${count(days, 'day')}.`,
	reading: 'Reading the free times…',
	nothingFree: `No time of this length is free in the next 30 days. Choose a shorter one, or write to ${owner}.`,
	yourTimes: (reader: string, studioCity: string) =>
		`Days and times are yours, in ${reader}; ${owner}'s clock, in ${studioCity}, stands beside them.`,
	gone: (time: string) => `${time} is no longer free. Choose another time.`,
	taken: (time: string) => `${time} has just been taken. Choose another time.`,
	confirm: 'Confirm',
	youBook: (span: string) => `You meet ${owner} on ${span}.`,
	youMove: (span: string) => `The meeting moves to ${span}.`,
	now: (span: string) => `It is on ${span}, and stays there until you confirm another time.`,
	note: 'What is it about?',
	noteHelp: `${owner} reads it before the meeting. You can leave it empty.`,
	book: (day: string, time: string) => `Book ${day} at ${time}`,
	move: (day: string, time: string) => `Move it to ${day} at ${time}`,
	sending: 'Asking the calendar…',
	doneTitle: (moved: boolean) => (moved ? 'The meeting has moved' : 'Your meeting is booked'),
	done: (span: string) => `You meet ${owner} on ${span}.`,
	mail: (email: string) => `A confirmation is on its way${email ? ` to ${email}` : ''}.`,
	back: 'Back to your bookings',
	moveTitle: (title: string) => `Move ${quoted(title)}`
};
