// The words of the owner's page of a client.

import { count, words as shared } from '$face/words';

const { quoted } = shared;

export const words = {
	archivedOn: 'Archived on',
	details: 'Details',
	edit: 'Edit the details',
	email: 'Email address',
	company: 'Company',
	stripe: 'Stripe customer id',
	signIn: 'Portal and sign-in',
	hasJoined: (name: string) => `${name} has joined the portal.`,
	hasNotJoined: (name: string) => `${name} has not joined the portal yet and gets no notices.`,
	ways: { clerk: 'Sign-in is with Clerk, or by a code sent by email.', code: 'Sign-in is by a code sent by email.' },
	banned: (name: string) => `Clerk has banned them: ${name} cannot sign in in any way until the ban ends there.`,
	invitedOn: (when: string) => `Invited last on ${when}.`,
	neverInvited: 'No invitation was sent yet.',
	invite: (name: string) => `Invite ${name} by email`,
	inviteAgain: (name: string) => `Invite ${name} again`,
	invited: (email: string) => `The invitation is on its way to ${email}.`,
	notInvited: (why: string) => `No invitation was sent. ${why}`,
	view: (name: string) => `See the portal as ${name}`,
	projects: 'Projects',
	noProjects: 'No project yet.',
	newProject: 'New project',
	newProjectFor: (name: string) => `New project for ${name}`,
	bookings: 'Next meetings',
	noBookings: 'No meeting is booked.',
	join: 'Join',
	joinOf: (title: string) => `Join ${quoted(title)}`,
	comments: {
		title: 'Comments',
		text: 'Where somebody has filled a project with comments, all of a time are removed at once.',
		open: (name: string) => `Remove comments of ${name}`,
		question: (name: string) => `Remove comments of ${name}?`,
		what: 'They are removed for good from every project, without a trace in the conversations. What was said with an approval or a request for changes stays.',
		author: 'Written by',
		since: 'Written within',
		times: [
			[1, 'the last hour'],
			[24, 'the last 24 hours'],
			[168, 'the last 7 days'],
			[720, 'the last 30 days'],
			[0, 'all time']
		] as [number, string][],
		keep: 'Keep them',
		remove: 'Remove the comments',
		removed: (name: string, n: number, kept: number) =>
			`${count(n, 'comment')} of ${name} ${n === 1 ? 'is' : 'are'} removed.${kept > 0 ? ` ${count(kept, 'verdict')} ${kept === 1 ? 'stays' : 'stay'}.` : ''}`,
		notRemoved: (why: string) => `Nothing is removed. ${why}`
	},
	archive: 'Archive',
	archiveOf: (name: string) => `Archive ${name}`,
	archiveText:
		'Archiving ends every sign-in at once, closes the calendar feed and stops notices and new file links. All work is kept, and restoring brings everything back.',
	archived: (name: string) => `${name} is archived.`,
	restore: 'Restore',
	restoreOf: (name: string) => `Restore ${name}`,
	restoreText: 'Restoring lets this client sign in again and puts their projects and meetings back into the lists.',
	restored: (name: string) => `${name} is restored.`,
	notChanged: (why: string) => `Nothing is changed. ${why}`,
	erase: 'Erase',
	eraseOf: (name: string) => `Erase ${name}`,
	eraseText: 'Erasing cannot be undone.',
	eraseTitle: (name: string) => `Erase ${name}?`,
	eraseWhat: (projects: number) =>
		`This removes the client${projects > 0 ? ` and ${count(projects, 'project')}` : ''} with all session notes, comments, deliverables, files and meetings, from the database and from the file store. It cannot be undone. Invoices stay at Stripe.`,
	eraseField: (name: string) => `To confirm, write the name: ${name}`,
	eraseMismatch: (name: string) => `The name is not the same. Write exactly: ${name}`,
	eraseNo: 'Keep the client',
	erased: (name: string) => `${name} is erased.`,
	notErased: (why: string) => `Nothing is erased. ${why}`
};
