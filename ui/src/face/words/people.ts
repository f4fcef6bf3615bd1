// The words of the people of a client.

import { quoted } from './phrases';

export const people = {
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
};
