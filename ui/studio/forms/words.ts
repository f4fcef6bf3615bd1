// The words of the forms.

import { count, words as shared } from '$face/words';

const { quoted } = shared;

export const words = {
	optional: '(optional)',
	save: 'Save',
	saving: 'Saving…',
	cancel: 'Cancel',
	cancelOf: (form: string) => `Cancel: ${form}`,
	add: (kind: string) => `Add ${/^[aeiou]/.test(kind) ? 'an' : 'a'} ${kind}`,
	change: (name: string) => `Change ${quoted(name)}`,
	added: (name: string) => `${quoted(name)} is added.`,
	changed: (name: string) => `${quoted(name)} is changed.`,

	wrong: (n: number) => (n === 1 ? 'One thing has to be put right:' : `${n} things have to be put right:`),
	missing: (label: string) => `${label}: write something here.`,
	choose: (label: string) => `${label}: choose one.`,
	tooLong: (label: string, n: number) => `${label}: ${count(n, 'character')} too many.`,
	notADate: (label: string) => `${label}: write the whole date, with a year of four digits.`,
	refused: (label: string, why: string) => `${label}: ${why}`,
	notANumber: (label: string) => `${label}: write a whole number.`,
	notSaved: (why: string) => `Nothing is saved yet; what you wrote is kept here. ${why}`,

	title: 'Title',
	description: 'Description',
	dueDate: 'Due date',
	status: 'Status',

	client: {
		kind: 'client',
		name: 'Name',
		email: 'Email address',
		emailHelp: 'The client signs in with it. Nothing is sent now.',
		company: 'Company',
		stripe: 'Stripe customer id',
		stripeHelp: 'It begins with cus_ and shows the client their invoices.'
	},

	project: {
		kind: 'project',
		client: 'Client',
		noClient: 'Choose a client',
		named: (name: string, email: string) => `${name}, ${email}`,
		service: 'Service',
		milestones: 'Milestones',
		milestonesHelp: 'One to a line, in their order. They come from the service’s template; change them as you like.'
	},

	milestone: { kind: 'milestone' },

	session: {
		kind: 'session',
		from: 'From a meeting',
		fromHelp: 'Title, date and duration come from the calendar.',
		byHand: 'No meeting: I write it myself',
		meeting: (title: string, when: string) => `${title}, ${when}`,
		date: 'Date',
		minutes: 'Minutes'
	},

	goal: { kind: 'goal', target: 'To be reached by' },

	deliverable: { kind: 'deliverable', stage: 'Stage', file: 'File', noFile: 'No file' },

	action: { kind: 'action item', whose: 'Who does it', client: 'The client', james: 'You' },

	file: {
		kind: 'file',
		name: 'File name',
		session: 'Session',
		noSession: 'No session',
		ofSession: (title: string, date: string) => `${title}, ${date}`
	},

	preview: {
		label: 'Preview',
		/** “of the description: Change “Mix”” */
		of: (field: string, form: string) => `of the ${field.toLowerCase()}: ${form}`,
		help: 'A line that begins with “- ” is an item of a list, one with “# ” a heading; *one star* stresses, **two** more; addresses are links.',
		nothing: 'There are no words yet.',
		failed: (why: string) => `The preview cannot be shown just now. ${why}`
	}
};
