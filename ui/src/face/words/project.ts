// The words of projects and what is in them.

import { count, owner, quoted } from './phrases';

export const projects = {
	title: 'Projects',
	empty: `There is no project yet. ${owner} sets up the first one.`,
	active: 'Under way',
	past: 'Earlier projects'
};

export const project = {
	contents: 'On this page',
	milestones: 'Milestones',
	sessions: 'Sessions',
	deliverables: 'Deliverables',
	actions: 'Action items',
	goals: 'Goals',
	files: 'Files',
	noMilestones: `${owner} has not set milestones yet.`,
	noSessions: 'No session has taken place yet. The notes will be here afterwards.',
	noDeliverables: `Nothing is to be delivered yet. What ${owner} delivers will be here for you to approve.`,
	noActions: 'Nobody has anything to do just now.',
	noGoals: `No goals are set yet. ${owner} writes them down with you.`,
	noFiles: 'No files yet.',
	yours: 'Yours',
	others: `${owner}’s`
};

export const takeHome = {
	title: 'To keep',
	lead: 'Everything of this project as one ZIP file: all files, notes and comments, receipts of what you approved, and a page that opens without this portal and can be printed.',
	button: 'Download everything',
	of: (title: string) => `of ${quoted(title)}`,
	begins: (title: string) => `The download of ${quoted(title)} begins.`,
	failed: (why: string) => `The project could not be packed. ${why}`
};

export const tick = {
	mark: (title: string) => `Mark ${quoted(title)} as done`,
	unmark: (title: string) => `Unmark ${quoted(title)}`,
	marked: (title: string) => `${quoted(title)} is marked as done.`,
	unmarked: (title: string) => `${quoted(title)} is open again.`,
	failed: (title: string, why: string) => `${quoted(title)} stays as it was. ${why}`,
	done: (date: string, name: string) => `done ${date}${name ? ` by ${name}` : ''}`
};

export const goals = {
	title: 'Goals',
	empty: `No goals are set yet. ${owner} writes them down with you.`,
	open: 'To reach',
	reached: 'Reached',
	target: (date: string) => `by ${date}`,
	talk: 'Open it in its project'
};

export const sessions = {
	title: 'Sessions',
	empty: `No session has taken place yet. ${owner}’s notes will be here afterwards.`,
	total: (n: number) => `${count(n, 'session')}, newest first.`,
	more: 'Show earlier sessions',
	notesShort: 'Notes',
	of: (title: string) => `of ${quoted(title)}`,
	noNotes: 'No notes were written.',
	inProject: (title: string) => `Open it in ${quoted(title)}`
};
