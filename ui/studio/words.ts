// The words of the Studio's own pages. Those of shared components are in studio/face/words.ts, and the pages of a
// project and of a client have files of their own.

import type { Message } from '$lib/types';
import { count, number, words as portal } from '$face/words';

const { quoted } = portal;

export const words = {
	navigation: 'Studio',
	nav: { home: 'Home', newProject: 'New project', newClient: 'New client' },
	goHome: 'Go to the Studio’s home page',

	palette: {
		open: 'Go to…',
		title: 'Go to or do',
		field: 'Part of a name, words that were written, or what you want to do',
		help: 'Arrow down leads into the results, Enter opens the first.',
		notSearched: (why: string) => `What was written could not be searched. ${why}`,
		results: (n: number) => (n === 0 ? 'Nothing has that name or those words.' : `${count(n, 'result')}.`),
		most: (n: number) => `The first ${n} are shown. Write more to find the others.`,
		notRead: (why: string) => `The names of your projects and clients could not be read. ${why}`,
		list: 'Results',
		home: 'Home: what needs you today',
		projects: 'All projects',
		clients: 'All clients',
		newProject: 'New project',
		newClient: 'New client',
		keys: 'Keyboard shortcuts',
		fresh: 'New ',
		project: (client: string) => `project of ${client}`,
		client: 'client',
		archived: 'archived client'
	},

	keys: {
		open: 'Keyboard shortcuts',
		title: 'Keyboard shortcuts',
		mac: 'On a Mac, Command does what Control does here.',
		parts: {
			everywhere: 'Everywhere',
			forms: 'Where you write',
			palette: 'In “Go to…”',
			single: 'Single keys',
			room: 'In a listening room'
		} as Record<string, string>,
		everywhere: [
			['Control and K', 'Go to any page, project or client by name, or to what was written by its words'],
			['Control and slash', 'Show this list'],
			['Escape', 'Leave a dialog, or what “More” showed; the focus is back at what opened it']
		] as [string, string][],
		forms: [
			['Control and Enter', 'Save or send, from any field of a form; save session notes now'],
			['Enter', 'The same, from a field of one line'],
			[
				'Escape',
				'Cancel; what you have written is asked about before. A comment’s field closes with its conversation and keeps it'
			]
		] as [string, string][],
		palette: [
			['Down, up', 'From the field into the results, through them and back'],
			['Enter', 'Open this result; in the field, the first one']
		] as [string, string][],
		list: {
			h: 'Go home, to what needs you today',
			p: 'Go to the projects',
			c: 'Go to the clients',
			n: 'Make something new',
			'/': 'Filter the projects',
			'?': 'Show this list'
		},
		on: 'Use single keys',
		help: 'They are off until you choose them, as a screen reader has commands of its own on the same keys. They do nothing while you write in a field. This browser remembers your choice.',
		inRoom: 'The button “Keys” in the room lists these too, and turns them off.'
	},

	home: {
		title: (day: string) => `Today, ${day}`,
		needsYou: 'What needs you',
		nothing: 'Nothing needs you today.',
		ahead: 'This week',
		quiet: 'Nothing is due this week, and there is no meeting.',
		waiting: 'With your clients',
		more: (n: number, what: string) => `Show ${number.format(n)} more ${what}`,
		/** The heading above the sentences of one kind. */
		counted: {
			troubles: (n: number) => (n === 1 ? '1 service needs a look' : `${number.format(n)} services need a look`),
			comments: (n: number) => `${count(n, 'comment')} to answer`,
			changes: (n: number) => count(n, 'request for changes', 'requests for changes'),
			overdue: (n: number) => count(n, 'overdue item'),
			unnoted: (n: number) => count(n, 'meeting without notes', 'meetings without notes'),
			nextBookings: (n: number) => count(n, 'meeting'),
			dueThisWeek: (n: number) => `${count(n, 'item')} due this week`,
			approvals: (n: number) => `${count(n, 'deliverable')} to approve`
		},
		whats: {
			troubles: 'services',
			comments: 'comments',
			changes: 'requests for changes',
			overdue: 'overdue items',
			unnoted: 'meetings without notes',
			nextBookings: 'meetings',
			dueThisWeek: 'items due this week',
			approvals: 'deliverables'
		},
		wrote: (author: string, on: string, project: string) => `${author} wrote on ${quoted(on)} in ${quoted(project)}`,
		changes: (client: string, title: string, project: string) =>
			`${client} asks for changes to ${quoted(title)} in ${quoted(project)}`,
		due(
			entry: { collection: string; title: string; assignedTo: string; projectTitle: string; clientName: string },
			isLate: boolean
		): string {
			const title = quoted(entry.title);
			const was = isLate ? 'was' : 'is';
			if (entry.collection === 'projects') return `${title} for ${entry.clientName} ${was} due`;
			if (entry.assignedTo === 'client')
				return `${title} in ${quoted(entry.projectTitle)} ${was} due from ${entry.clientName}`;
			return `${title} in ${quoted(entry.projectTitle)} ${was} due`;
		},
		unnoted: (title: string, client: string) => `${quoted(title)} with ${client} has no notes`,
		meeting: (title: string, client: string) => `${quoted(title)} with ${client}`,
		approval: (title: string, project: string, client: string) =>
			`${quoted(title)} in ${quoted(project)} waits for ${client} to approve`,
		since: (date: string) => `since ${date}`,
		calendar: {
			sync: 'Sync the calendar now',
			syncing: 'Asking Google Calendar…',
			synced({ created, updated, cancelled }: { created: number; updated: number; cancelled: number }): string {
				const parts = [
					created && `${number.format(created)} new`,
					updated && `${number.format(updated)} changed`,
					cancelled && `${number.format(cancelled)} cancelled`
				].filter(Boolean);
				return parts.length
					? `The calendar is in step: ${parts.join(', ')}.`
					: 'The calendar is in step. Nothing has changed.';
			},
			notSynced: (why: string) => `The calendar could not be synced. ${why}`
		},
		trouble: (service: string) => `${service} needs a look`,
		lookCloser: (n: number) =>
			`${count(n, 'thing')} did not work. Run “greenroom doctor” on the server: it says what to do.`
	},

	table: {
		filterProjects: 'Filter by project or client',
		filterClients: 'Filter by name, email or company',
		more: (n: number) => `Show ${number.format(n)} more`,
		clear: 'Reset the filters',
		sorted: (column: string, descending: boolean) => `Sorted by ${column}, ${descending ? 'descending' : 'ascending'}.`
	},

	projects: {
		title: 'Projects',
		caption: 'Projects of all services',
		headers: {
			title: 'Project',
			clientName: 'Client',
			serviceType: 'Service',
			status: 'Status',
			dueDate: 'Due',
			milestones: 'Milestones',
			unanswered: 'Comments'
		},
		service: 'Service',
		anyService: 'All services',
		status: 'Status',
		underWay: 'Under way',
		anyStatus: 'All, finished ones too',
		milestones: (done: number, total: number) => `${done} of ${total} done`,
		unanswered: (n: number) => `${number.format(n)} to answer`,
		shown: (n: number) => (n === 0 ? 'No project is found.' : `${count(n, 'project')}.`),
		shownOf: (n: number, total: number) => `${number.format(n)} of ${count(total, 'project')}.`,
		firstOf: (shown: number, n: number) => `The first ${number.format(shown)} of ${count(n, 'project')}.`,
		none: 'There is no project yet.',
		noMatch: 'No project is like that.'
	},

	clients: {
		title: 'Clients',
		caption: 'Clients',
		headers: { name: 'Name', company: 'Company', email: 'Email', activeProjects: 'Active projects', joined: 'Portal' },
		archived: 'Show archived clients too',
		isArchived: 'Archived',
		joined: 'Joined',
		invited: (date: string) => `Invited ${date}`,
		notInvited: 'Not invited',
		shown: (n: number) => (n === 0 ? 'No client is found.' : `${count(n, 'client')}.`),
		shownOf: (n: number, total: number) => `${number.format(n)} of ${count(total, 'client')}.`,
		firstOf: (shown: number, n: number) => `The first ${number.format(shown)} of ${count(n, 'client')}.`,
		none: 'There is no client yet.',
		noMatch: 'No client is like that.'
	},

	secondFactor: {
		title: 'Your sign-in',
		isOn: 'The dashboard asks for a code by mail beside the password.',
		isOff: 'The dashboard opens with the password alone.',
		wayBack: 'If no code arrives, greenroom second-factor off on the server ends this.',
		why: 'With a code by mail, somebody who has learnt your password still cannot come in.',
		switchOn: 'Ask for a code by mail too',
		switchOff: 'Ask for the password alone',
		notChanged: (why: string) => `Nothing is changed. ${why}`
	},

	/** The sentence that announces a change; empty where none is needed. */
	live({ action, collection, record }: Message, thread: string): string | { key: string; text: (n: number) => string } {
		const title = quoted(record.title ?? '');
		switch (`${action} ${collection}`) {
			case 'create comments': {
				if (record.isJames || record.kind) return ''; // the deliverable's change announces the verdict
				const on = thread ? ` on ${quoted(thread)}` : '';
				const author = record.authorName || 'A client';
				return {
					key: `comments ${author}${on}`,
					text: (n) => (n === 1 ? `${author} posted a comment${on}.` : `${author} posted ${n} comments${on}.`)
				};
			}
			case 'update deliverables': {
				if (record.status === 'IN_PROGRESS' && record.feedback) return `The client asks for changes to ${title}.`;
				const status = portal.deliverableStatus[record.status as keyof typeof portal.deliverableStatus] ?? '';
				return { key: `deliverable ${record.id}`, text: () => `${title}: ${status.toLowerCase()}.` };
			}
			case 'update action_items':
			case 'update goals':
				return { key: `doing ${record.id}`, text: () => `${title} is ${record.completedAt ? 'done' : 'open'}.` };
			case 'create attachments':
				return record.uploadedBy === 'client'
					? { key: 'files', text: (n) => (n === 1 ? `New file: ${quoted(record.filename ?? '')}.` : `${n} new files.`) }
					: '';
			case 'create bookings':
				return `New meeting: ${title}.`;
			case 'update bookings':
				return { key: `booking ${record.id}`, text: () => `A meeting has changed: ${title}.` };
			case 'create clients':
				return `New client: ${record.name || 'no name yet'}.`;
		}
		return '';
	}
};
