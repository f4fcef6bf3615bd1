// The words of meetings.

import { count, owner, quoted } from './phrases';

export const bookings = {
	title: 'Bookings',
	upcoming: 'Coming up',
	past: 'Earlier meetings',
	none: `No meeting is booked. Meetings that ${owner} puts in the calendar with you appear here by themselves.`,
	noUpcoming: 'No meeting is booked.',
	join: 'Join',
	joinOf: (title: string) => `Join ${quoted(title)}`,
	cancelled: 'Cancelled',
	more: 'Show earlier meetings',
	shown: (n: number) => `${count(n, 'more meeting')} shown.`,
	feed: 'You can have these in your own calendar:',
	feedLink: 'calendar feed in your settings',
	book: 'Book a meeting',
	write: `To arrange a meeting, write to ${owner}.`
};

export const booking = {
	moveShort: 'Move',
	moveOf: (title: string) => `Move ${quoted(title)} to another time`,
	cancelShort: 'Cancel',
	cancelOf: (title: string) => `Cancel ${quoted(title)}`,
	cancelTitle: (title: string) => `Cancel ${quoted(title)}?`,
	cancelText: `${owner} is told, and the time is free for somebody else.`,
	why: `A word to ${owner} (you can leave it empty)`,
	cancelYes: 'Cancel the meeting',
	keep: 'Keep it',
	cancelled: (title: string) => `${quoted(title)} is cancelled.`
};
