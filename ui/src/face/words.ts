// All words that a client reads or hears on the first pages, by subject in src/face/words. Another language would be
// other files with these keys.

import { dashboard } from './words/dashboard';
import { deliverable } from './words/deliverable';
import { files, kinds, upload } from './words/files';
import { invoices } from './words/invoices';
import { live } from './words/live';
import { booking, bookings } from './words/meetings';
import { people } from './words/people';
import { count, owner, quoted } from './words/phrases';
import { goals, project, projects, sessions, takeHome, tick } from './words/project';
import { signIn } from './words/sign_in';
import { deliverableStatus, milestoneStatus, projectStatus, services } from './words/status';
import { thread } from './words/thread';

export { count } from './words/phrases';

export const words = {
	portal: 'Portal',
	skip: 'Skip to the content',
	navigation: 'Pages',
	nav: {
		dashboard: 'Dashboard',
		projects: 'Projects',
		sessions: 'Sessions',
		invoices: 'Invoices',
		bookings: 'Bookings',
		goals: 'Goals'
	},
	settings: 'Settings',
	search: {
		title: 'Search',
		label: 'Words to look for',
		button: 'Search',
		tooShort: 'Write at least two letters.',
		nothing: 'Nothing here has these words. A shorter word finds more; words in quotes are found as they stand.',
		results: (n: number, query: string) => `${count(n, 'result')} for ${quoted(query)}`,
		kinds: {
			projects: 'Project:',
			milestones: 'Milestone:',
			sessions: 'Session:',
			goals: 'Goal:',
			deliverables: 'Deliverable:',
			action_items: 'Action item:',
			attachments: 'File:',
			comments: 'Comment on'
		} as Record<string, string>
	},
	privacy: 'Privacy',
	terms: 'Terms',
	legal: 'Privacy and terms',
	footer: `Everything here is between you and ${owner}.`,
	fallbackName: 'Client',
	quoted,
	fromDayTo: (from: string, until: string) => `from ${from} to ${until}`,
	fromTo: (from: string, until: string) => `${from} to ${until}`,
	yourTime: (time: string) => `, ${time} your time`,
	close: 'Close',
	more: 'More',
	moreFor: (name: string) => `More for ${quoted(name)}`,
	cancel: 'Cancel',
	giveUp: 'Give up what you have written here?',
	save: 'Save',
	reading: 'Reading the page…',
	rest: 'The rest of the notes',
	due: (date: string) => `due ${date}`,
	relative(days: number): string {
		if (days === 0) return 'today';
		if (days === 1) return 'tomorrow';
		if (days === -1) return '1 day late';
		return days < 0 ? `${-days} days late` : `in ${days} days`;
	},
	minutes(minutes: number): string {
		const hours = Math.floor(minutes / 60);
		const rest = minutes % 60;
		if (hours === 0) return count(rest, 'minute');
		return rest === 0 ? count(hours, 'hour') : `${count(hours, 'hour')} ${count(rest, 'minute')}`;
	},
	services,
	projectStatus,
	milestoneStatus,
	deliverableStatus,
	kinds,
	errors: {
		title: 'Something is not right',
		notFound: 'This page does not exist or you do not have access.',
		notFoundTitle: 'Page not found',
		unknown: 'The server could not answer just now. Nothing is lost; try again in a moment.',
		offline:
			'There is no connection, and this page has not been opened on this device before. It will be here when the connection is back.',
		offlineTitle: 'No connection',
		notSent: 'There is no connection just now. Nothing is lost; try again in a moment.',
		again: 'Try again',
		dashboard: 'Go to the dashboard'
	},
	connection: {
		down: 'The connection is lost. The page is as it was; it catches up by itself.',
		seen: (when: string) => `There is no connection. You are reading this page as it was on ${when}.`
	},
	as: {
		label: 'View as client',
		banner: (name: string) => `You are looking at the portal as ${name} sees it. Nothing can be changed here.`,
		leave: 'Back to the Studio',
		signIn: `Sign in to the dashboard first; then this address shows the portal as your client sees it.`,
		dashboard: 'Open the dashboard'
	},
	signIn,
	dashboard,
	projects,
	project,
	takeHome,
	tick,
	deliverable,
	thread,
	files,
	upload,
	sessions,
	bookings,
	booking,
	invoices,
	goals,
	account: {
		of: (name: string) => `${name}, settings`
	},
	people,
	live
};
