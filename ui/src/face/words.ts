// All words that a client reads or hears on the first pages. Another language would be another file with these keys.

import { studio } from '$face/studio';
import type { Message } from '$lib/types';

const { owner } = studio;

const number = new Intl.NumberFormat('en-GB');

/** “1 comment”, “3 comments” */
export function count(n: number, one: string, many = one + 's'): string {
	return `${number.format(n)} ${n === 1 ? one : many}`;
}

const quoted = (title: string) => `“${title.replaceAll('“', '‘').replaceAll('”', '’')}”`;

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

	services: {
		SOFTWARE: 'Software',
		ACCESSIBILITY: 'Accessibility',
		AUDIO: 'Audio',
		PRODUCTION: 'Production',
		MUSICIAN: 'Musician'
	},
	projectStatus: { ACTIVE: 'Active', IN_REVIEW: 'In review', COMPLETED: 'Completed', ON_HOLD: 'On hold' },
	milestoneStatus: { TODO: 'To do', ACTIVE: 'In progress', DONE: 'Done' },
	deliverableStatus: {
		PENDING: 'Not started',
		IN_PROGRESS: 'In progress',
		DELIVERED: 'Ready to approve',
		APPROVED: 'Approved'
	},
	kinds: { audio: 'audio', image: 'image', video: 'video', text: 'text', application: 'document', other: 'file' },

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

	line: {
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

	signIn: {
		title: 'Sign in',
		ended: 'Your sign-in has ended. Anything you were writing is kept here.',
		untold:
			'You are signed out on this device, but the studio could not be told. If somebody else may have used this device, sign in later and choose “Sign out everywhere” in the settings.',
		lead: `Enter your email address, and a code comes to you. There is no password.`,
		email: 'Email address',
		emailHelp: `The one ${owner} writes to.`,
		emailMissing: 'Enter your email address, such as ana@example.com.',
		send: 'Send me a code',
		codeTitle: 'Enter your code',
		sent: (email: string) => `A code is on its way to ${email}. It works for 10 minutes.`,
		code: 'Code from the email',
		codeHelp: '8 digits. Spaces make no difference.',
		codeMissing: 'Enter the 8 digits from the email.',
		codeWrong:
			'That code does not work. Check the digits, or ask for a new code: only the newest one counts, and only for 10 minutes.',
		enter: 'Sign in',
		notCome: 'The code does not come?',
		notComeSteps: [
			'Mail can take a minute or two. Look among unwanted mail as well.',
			`Check the address above. It has to be the one that ${owner} knows you by.`,
			`If it still does not come, write to ${owner}.`
		],
		anew: 'Send a new code',
		sentAnew: 'A new code is on its way. Earlier codes may no longer work.',
		other: 'Use another email address',
		clerk: 'Continue with Clerk',
		clerkFailed: 'Signing in with Clerk did not work. Try again, or use a code by email.',
		or: 'or',
		tooMany: 'That was too many attempts. Wait three minutes, then ask for a new code.'
	},

	dashboard: {
		title: 'Dashboard',
		greeting(name: string, hour: number): string {
			const part = hour < 5 ? 'evening' : hour < 12 ? 'morning' : hour < 18 ? 'afternoon' : 'evening';
			return name ? `Good ${part}, ${name}` : `Good ${part}`;
		},
		summary(projects: number, sessions: number): string {
			const parts = [
				projects && count(projects, 'active project'),
				sessions && `${count(sessions, 'session')} so far`
			].filter(Boolean);
			return parts.length ? parts.join(', ') + '.' : '';
		},
		empty: `${owner} will set things up for you shortly. You will find everything here.`,
		waiting: 'Waiting for you',
		waitingCount: (n: number) =>
			n === 1 ? '1 thing is waiting for you.' : `${number.format(n)} things are waiting for you.`,
		nothingWaits: 'Nothing is waiting for you.',
		readyToApprove: 'is ready to approve.',
		wrote: 'wrote',
		review: 'Review',
		reviewOf: (title: string) => `Review ${quoted(title)}`,
		answer: 'Answer',
		answerTo: (author: string, start: string) => `Answer ${author}: ${quoted(start)}`,
		progressOf: (title: string) => `Milestones of ${quoted(title)}`,
		next: 'Next meeting',
		noMeeting: 'No meeting is booked.',
		projects: 'Projects',
		noProjects: 'No project is active just now.',
		milestones: (done: number, total: number) => `${done} of ${count(total, 'milestone')} done`,
		notes: 'Latest notes',
		readNotes: (date: string) => `Read the notes of ${date}`,
		money: 'Money',
		allPaid: 'All paid',
		outstanding: (sum: string) => `${sum} to pay`,
		seeInvoices: 'See your invoices',
		moneyLater: 'Your invoices cannot be read just now. Nothing else is affected.'
	},

	projects: {
		title: 'Projects',
		empty: `There is no project yet. ${owner} sets up the first one.`,
		active: 'Under way',
		past: 'Earlier projects'
	},

	project: {
		contents: 'On this page',
		milestones: 'Milestones',
		sessions: 'Sessions',
		deliverables: 'Deliverables',
		actions: 'Action items',
		goals: 'Goals',
		files: 'Files',
		progress: (done: number, total: number) => `${done} of ${total} done`,
		noMilestones: `${owner} has not set milestones yet.`,
		noSessions: 'No session has taken place yet. The notes will be here afterwards.',
		noDeliverables: `Nothing is to be delivered yet. What ${owner} delivers will be here for you to approve.`,
		noActions: 'Nobody has anything to do just now.',
		noGoals: `No goals are set yet. ${owner} writes them down with you.`,
		noFiles: 'No files yet.',
		yours: 'Yours',
		others: `${owner}’s`,
		done: (n: number) => `${count(n, 'item')} done`,
		from: 'From'
	},

	takeHome: {
		title: 'To keep',
		lead: 'Everything of this project as one ZIP file: all files, notes and comments, receipts of what you approved, and a page that opens without this portal and can be printed.',
		button: 'Download everything',
		of: (title: string) => `of ${quoted(title)}`,
		begins: (title: string) => `The download of ${quoted(title)} begins.`,
		failed: (why: string) => `The project could not be packed. ${why}`
	},

	tick: {
		mark: (title: string) => `Mark ${quoted(title)} as done`,
		unmark: (title: string) => `Unmark ${quoted(title)}`,
		marked: (title: string) => `${quoted(title)} is marked as done.`,
		unmarked: (title: string) => `${quoted(title)} is open again.`,
		failed: (title: string, why: string) => `${quoted(title)} stays as it was. ${why}`,
		done: (date: string, name: string) => `done ${date}${name ? ` by ${name}` : ''}`
	},

	deliverable: {
		approve: (title: string) => `Approve ${quoted(title)}`,
		approveShort: 'Approve',
		ask: (title: string) => `Ask for changes to ${quoted(title)}`,
		askShort: 'Ask for changes',
		confirm: (title: string, version: number) =>
			version ? `Approve version ${version} of ${quoted(title)}?` : `Approve ${quoted(title)}?`,
		confirmText: `This tells ${owner} that you are happy with it and the work on it is finished. It cannot be taken back here.`,
		yes: (title: string) => `Yes, approve ${quoted(title)}`,
		notYet: 'Not yet',
		approved: (title: string) => `${quoted(title)} is approved. ${owner} is told.`,
		what: (title: string) => `What should change in ${quoted(title)}?`,
		whatMissing: 'Say what should change.',
		send: 'Send to ' + owner,
		whatYouWant: 'what should change',
		asking: 'asking for changes',
		asked: (title: string) => `${owner} is told what should change in ${quoted(title)}.`,
		failed: (title: string, why: string) => `${quoted(title)} stays as it was. ${why}`,
		youAsked: 'You asked for changes:',
		somebodyAsked: (name: string) => `${name} asked for changes:`,
		of: (title: string) => `of ${quoted(title)}`,
		version: (n: number, isCurrent: boolean) => `Version ${n}${isCurrent ? ', current' : ''}`,
		versions: (n: number, areEarlier: boolean) => count(n, areEarlier ? 'earlier version' : 'other version'),
		onVersion: (n: number) => `on version ${n}`,
		atMoment: (at: string, until: string) => (until ? `at ${at} to ${until}` : `at ${at}`),
		arrived: (n: number) => `Version ${n} has arrived.`,
		showVersion: (n: number) => `Show version ${n}`,
		verdict: (kind: string, n?: number) =>
			`${kind === 'approval' ? 'approval' : 'changes asked for'}${n ? `, version ${n}` : ''}`,
		round: (kind: string, name: string) =>
			kind === 'approval' ? `${name} approved it,` : `${name} asked for changes,`,
		receipt: 'Save the receipt',
		receiptOf: (title: string) => `Save the receipt of ${quoted(title)}`,
		receiptName: (title: string) => `Receipt ${title.replaceAll(/[\\/:*?"<>|\s]+/g, ' ').trim()}.txt`,
		receiptKept: (title: string) => `The receipt of ${quoted(title)} is in your downloads.`,
		noReceipt: (why: string) => `The receipt could not be fetched. ${why}`,
		waits: (invoice: string) => `The files open when ${invoice || 'their invoice'} is paid.`,
		waitsForOthers: 'The files are not open yet.',
		waitsUnderWay: 'A payment is on its way. Some take a few days.',
		waitsFailed: 'The last payment did not arrive.',
		waitsUnknown: (why: string) => `The files open when their invoice is paid. ${why}`,
		preview: (title: string) => `Preview of ${quoted(title)}`,
		opened: (title: string) => `The files of ${quoted(title)} are open.`,
		delivered: (date: string) => `delivered ${date}`,
		approvedOn: (date: string) => `approved ${date}`,
		listen: 'Listen and comment',
		to: (title: string) => `to ${quoted(title)}`
	},

	thread: {
		comments: (n: number) => count(n, 'comment'),
		earlier: (n: number) => `Show earlier comments (${n})`,
		on: (title: string) => `on ${quoted(title)}`,
		write: 'Comment',
		changes: 'the changes to your comment',
		fresh: 'New',
		edited: 'edited',
		deleted: (author: string) => `${author} deleted this comment.`,
		youDeleted: 'You deleted this comment.',
		edit: 'Edit',
		editOf: (start: string) => `Edit your comment ${quoted(start)}`,
		remove: 'Delete',
		removeOf: (start: string) => `Delete your comment ${quoted(start)}`,
		confirmRemove: (start: string) => `Delete your comment ${quoted(start)}? It cannot be brought back.`,
		removed: 'Your comment is deleted.',
		putBack: 'Put its words back into the form',
		isBack: 'The words are in the form again. Send them when you are ready.',
		yours: 'your comment',
		visibleLabel: 'Your comment',
		send: 'Send',
		sending: 'Sending…',
		sent: 'Your comment is sent.',
		saved: 'Your comment is changed.',
		empty: 'Write something first.',
		left: (n: number) => (n >= 0 ? `${count(n, 'character')} left` : `${count(-n, 'character')} too many`),
		failed: (why: string) => `Your comment was not sent; the words are kept here. ${why}`,
		notSaved: (why: string) => `The comment stays as it was. ${why}`,
		editing: 'Your comment, changed'
	},

	files: {
		play: (name: string) => `Play ${quoted(name)}`,
		stop: (name: string) => `Close the player of ${quoted(name)}`,
		open: (name: string) => `Open ${quoted(name)}`,
		shut: (name: string) => `Close ${quoted(name)}`,
		download: (name: string) => `Download ${quoted(name)}`,
		remove: (name: string) => `Delete ${quoted(name)}`,
		playShort: 'Play',
		openShort: 'Open',
		closeShort: 'Close',
		downloadShort: 'Download',
		notOpen: 'Not open yet',
		removeShort: 'Delete',
		confirmRemove: (name: string) => `Delete ${quoted(name)}? It cannot be brought back.`,
		removed: (name: string) => `${quoted(name)} is deleted.`,
		failed: (why: string) => `The file could not be fetched. ${why}`,
		notRemoved: (why: string) => `The file is still there. ${why}`,
		cannotPlay: 'This browser cannot play the file. Download it instead.',
		speed: 'Speed',
		of: (name: string) => `of ${quoted(name)}`,
		times: (rate: number) => (rate === 1 ? 'Normal' : `${rate} times`),
		by: (who: 'james' | 'client', name: string) => (who === 'james' ? `from ${owner}` : `from ${name || 'you'}`),
		player: (name: string) => `Player of ${quoted(name)}`
	},

	upload: {
		title: 'Send files',
		choose: `Choose files for ${owner}`,
		for: (title: string) => `for ${quoted(title)}`,
		drop: 'or drop them here',
		dropNow: 'Drop the files here',
		chosen: (n: number) => `${count(n, 'file')} chosen.`,
		progress: (name: string) => `Progress of ${quoted(name)}`,
		spoken: (name: string, percent: number) => `${quoted(name)}: ${percent} per cent.`,
		soFar: (sent: string, total: string) => `${sent} of ${total}`,
		state: {
			queued: 'In line',
			sending: 'Sending',
			waiting: 'Trying again',
			paused: 'Paused',
			failed: 'Stopped',
			cancelled: 'Cancelled',
			done: 'Sent'
		},
		sent: (name: string) => `${quoted(name)} is with ${owner}.`,
		sentSeveral: (n: number) => `${count(n, 'file')} are with ${owner}.`,
		pause: 'Pause',
		pauseOf: (name: string) => `Pause ${quoted(name)}`,
		resume: 'Resume',
		resumeOf: (name: string) => `Resume ${quoted(name)}`,
		retry: 'Try again',
		retryOf: (name: string) => `Try ${quoted(name)} again`,
		cancelOf: (name: string) => `Cancel ${quoted(name)}`,
		cancelled: (name: string) => `${quoted(name)} is not sent.`,
		failed: (name: string, why: string) => `${quoted(name)} stopped. ${why}`
	},

	sessions: {
		title: 'Sessions',
		empty: `No session has taken place yet. ${owner}’s notes will be here afterwards.`,
		total: (n: number) => `${count(n, 'session')}, newest first.`,
		more: 'Show earlier sessions',
		notesShort: 'Notes',
		of: (title: string) => `of ${quoted(title)}`,
		noNotes: 'No notes were written.',
		inProject: (title: string) => `Open it in ${quoted(title)}`
	},

	bookings: {
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
	},

	booking: {
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
	},

	invoices: {
		title: 'Invoices',
		off: `Billing is not set up here. ${owner} sends invoices another way.`,
		none: 'There are no invoices.',
		caption: 'Your invoices and payments, newest first',
		total: (sum: string) => `${sum} to pay`,
		allPaid: 'All paid',
		nothingDue: 'Nothing is due.',
		stale: (when: string) => `Billing cannot be reached just now. This is how things stood on ${when}.`,
		failed: 'Your invoices cannot be read just now. Nothing else is affected; try again in a moment.',
		headers: { number: 'Number', date: 'Date', description: 'For', status: 'Status', amount: 'Amount', links: 'Links' },
		payment: 'Payment',
		due: (date: string) => `due ${date}`,
		status: {
			open: 'To pay',
			paid: 'Paid',
			void: 'Cancelled',
			uncollectible: 'Written off',
			pending: 'Payment on its way',
			failed: 'Payment failed',
			refunded: 'Refunded',
			partially_refunded: 'Partly refunded',
			credited: 'Credited'
		} as Record<string, string>,
		partlyPaid: 'Partly paid',
		underWay: 'Nothing to do: some payments take a few days.',
		credited: (sum: string) => `${sum} credited`,
		remaining: (sum: string) => `${sum} still to pay`,
		refunded: (sum: string) => `${sum} refunded`,
		name: (number: string | null, date: string) => number ?? `the payment of ${date}`,
		pay: 'Pay',
		payOf: (name: string, sum: string) => `Pay ${name}, ${sum}`,
		receipt: 'Receipt',
		receiptOf: (name: string) => `Receipt for ${name}`,
		pdf: 'PDF',
		pdfOf: (name: string) => `PDF of ${name}`,
		manage: 'Open billing details and payment methods at Stripe',
		manageFailed: (why: string) => `The billing page cannot be opened. ${why}`
	},

	goals: {
		title: 'Goals',
		empty: `No goals are set yet. ${owner} writes them down with you.`,
		open: 'To reach',
		reached: 'Reached',
		target: (date: string) => `by ${date}`,
		talk: 'Open it in its project'
	},

	account: {
		of: (name: string) => `${name}, settings`
	},

	people: {
		title: 'People',
		lead: 'Each signs in with an address of their own, sees your projects, and writes in their own name.',
		none: 'Nobody else has access. Invite those who work with you: each signs in with an address of their own, sees your projects, and writes in their own name.',
		access: { all: 'sees everything', work: 'sees everything but invoices and payments' },
		joined: 'has signed in',
		waits: 'has not signed in yet',
		sees: 'What they see',
		choices: [
			['all', 'Everything'],
			['work', 'Everything but invoices and payments']
		] as const,
		invite: 'Invite somebody',
		email: 'Their email address',
		name: 'Their name (optional)',
		send: 'Send the invitation',
		emailMissing: 'Enter their email address, such as ana@example.com.',
		invited: (name: string, email: string) => `${name} is invited. A mail with the way in goes to ${email}.`,
		notInvited: (why: string) => `Nobody is invited yet. ${why}`,
		change: 'Change',
		changeOf: (name: string) => `Change the name of ${quoted(name)}, and what they see`,
		changingOf: (name: string) => `changing ${quoted(name)}`,
		changed: (name: string, access: string) => `Saved: ${name} ${access}.`,
		notChanged: (name: string, why: string) => `${name} stays as it was. ${why}`,
		remove: 'Remove',
		removeOf: (name: string) => `Remove ${quoted(name)}`,
		confirmRemove: (name: string) =>
			`Remove ${quoted(name)}? Their sign-in ends at once. What they wrote stays, with their name.`,
		removed: (name: string) => `${name} has no access any more.`,
		notRemoved: (name: string, why: string) => `${name} still has access. ${why}`
	},

	live: {
		down: 'The connection is lost.',
		back: 'The connection is back.',
		several: (n: number) => `${n} things have changed.`,
		/** The sentence that announces a change; empty where none is needed. */
		sentence(
			{ action, collection, record }: Message,
			thread: string
		): string | { key: string; text: (n: number) => string } {
			const title = quoted(record.title ?? '');
			switch (`${action} ${collection}`) {
				case 'create comments': {
					if (record.kind) return ''; // the deliverable's change announces the verdict
					const on = thread ? ` on ${quoted(thread)}` : '';
					const author = record.isJames ? (record.authorName ?? owner) : '';
					if (!author) return '';
					return {
						key: `comments ${author}${on}`,
						text: (n) => (n === 1 ? `${author} posted a comment${on}.` : `${author} posted ${n} comments${on}.`)
					};
				}
				case 'create sessions':
					return `New session notes: ${title}.`;
				case 'update sessions':
					return { key: `session ${record.id}`, text: () => `The notes of ${title} have changed.` };
				case 'create milestones':
					return `New milestone: ${title}.`;
				case 'update milestones':
					return {
						key: `milestone ${record.id}`,
						text: () => `Milestone ${title}: ${statusWord(words.milestoneStatus, record.status)}.`
					};
				case 'create deliverables':
				case 'update deliverables':
					return {
						key: `deliverable ${record.id}`,
						text: () => `${title}: ${statusWord(words.deliverableStatus, record.status)}.`
					};
				case 'create action_items':
					return record.assignedTo === 'client' ? `New for you to do: ${title}.` : '';
				case 'create goals':
					return `New goal: ${title}.`;
				case 'create attachments':
					return record.uploadedBy === 'james'
						? {
								key: 'files',
								text: (n) => (n === 1 ? `New file: ${quoted(record.filename ?? '')}.` : `${n} new files.`)
							}
						: '';
				case 'create projects':
					return `New project: ${title}.`;
				case 'update projects':
					return { key: `project ${record.id}`, text: () => `${title} has changed.` };
				case 'create bookings':
					return `New meeting: ${title}.`;
				case 'update bookings':
					return { key: `booking ${record.id}`, text: () => `A meeting has changed: ${title}.` };
				case 'update invoices':
					return { key: 'invoices', text: () => 'Your invoices have changed.' };
			}
			return '';
		}
	}
};

function statusWord(names: Record<string, string>, status = ''): string {
	return (names[status] ?? '').toLowerCase();
}
