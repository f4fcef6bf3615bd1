// The words of the owner's page of a project, beside those shared with the client's.

import { words as shared } from '$face/words';

const { quoted } = shared;

export const words = {
	of: 'for',
	archived: (name: string) => `${name} is archived and sees nothing of this.`,

	edit: 'Edit',
	editOf: (name: string) => `Edit ${quoted(name)}`,
	remove: 'Delete',
	removeOf: (name: string) => `Delete ${quoted(name)}`,
	confirmRemove: (name: string) => `Delete ${quoted(name)}? It cannot be brought back.`,
	confirmRemoveAll: (name: string) => `Delete ${quoted(name)} with everything in it? It cannot be brought back.`,
	removed: (name: string) => `${quoted(name)} is deleted.`,
	notRemoved: (why: string) => `It is still there. ${why}`,
	stays: (name: string, why: string) => `${quoted(name)} stays as it was. ${why}`,
	/** “Mix: done.” */
	now: (name: string, status: string) => `${quoted(name)}: ${status.toLowerCase()}.`,

	/** The button's name around a title: “Mark … as done” */
	steps: {
		mark: 'Mark',
		asDone: 'as done',
		unmark: 'Unmark',
		start: 'Start',
		deliver: 'Deliver',
		takeBack: 'Take back',
		forMore: 'for more work',
		approve: 'Approve',
		inPlace: 'in the client’s place',
		reopen: 'Reopen',
		confirmApprove: (name: string) => `Approve ${quoted(name)} in the client’s place?`
	},

	milestones: {
		up: 'Move up',
		upOf: (name: string) => `Move up ${quoted(name)}`,
		down: 'Move down',
		downOf: (name: string) => `Move down ${quoted(name)}`,
		moved: (name: string, place: number, of: number) => `${quoted(name)} is now ${place} of ${of}.`,
		isFirst: (name: string) => `${quoted(name)} is the first already.`,
		isLast: (name: string) => `${quoted(name)} is the last already.`,
		notMoved: (why: string) => `The order stays as it was. ${why}`,
		drag: 'Drag to another place'
	},

	notes: {
		label: 'Notes',
		of: (name: string) => `of ${quoted(name)}`,
		saved: (time: string) => `Saved ${time}.`,
		notYet: 'Not saved yet.',
		saving: 'Saving…',
		failed: (why: string) => `The notes are not saved yet; your words are kept here. ${why}`,
		tooLong: (n: number) => `The notes are ${n} characters too long to be saved; your words are kept here.`,
		conflict:
			'These notes were changed elsewhere while you were writing. Yours are still here and not saved. The others read:',
		keepBoth: 'Keep both, theirs below',
		keepMine: 'Keep mine only',
		takeTheirs: 'Take theirs only'
	},

	deliver: {
		open: 'Deliver a new version',
		openOf: (name: string) => `Deliver a new version of ${quoted(name)}`,
		file: 'File',
		words: 'Words with it',
		noFile: 'Choose the file of the new version.',
		tooLong: (n: number) => `The words are ${n} characters too long.`,
		send: 'Deliver this version',
		of: (name: string) => `of ${quoted(name)}`,
		sending: 'Delivering…',
		isThere: (file: string, version: number) => `${quoted(file)} is there, as version ${version}.`,
		done: (version: number, name: string, status: string) =>
			`Version ${version} of ${quoted(name)} is there: ${status.toLowerCase()}.`,
		unfinished: (version: number, why: string) =>
			`Version ${version} is there, but not all that goes with it. Send it again; the file is not sent twice. ${why}`
	},

	payment: {
		edit: 'Payment',
		editOf: (name: string) => `Which payment the files of ${quoted(name)} wait for`,
		title: (name: string) => `Payment for ${quoted(name)}`,
		invoice: 'Invoice',
		invoiceHelp: 'Until it is paid, the client gets no version of it but the preview.',
		noInvoice: 'None: the files are open',
		draft: 'Draft',
		choice: (number: string, what: string, sum: string, status: string) =>
			[number, what, sum, status.toLowerCase()].filter(Boolean).join(', '),
		preview: 'Preview',
		previewHelp: 'What the client can hear or see before.',
		noPreview: 'No preview',
		save: 'Save the payment',
		off: 'Billing is not set up here.',
		noCustomer: 'The client is no customer at Stripe yet, so there is no invoice to wait for.',
		unknown: (why: string) => `The invoices could not be read. ${why}`,
		open: 'Open the files now',
		openOf: (name: string) => `Open the files of ${quoted(name)} now, without the payment`,
		confirmOpen: (name: string) =>
			`Open the files of ${quoted(name)} without the payment? The client’s page will say that you opened them.`,
		locked: (name: string) => `The files of ${quoted(name)} wait for the payment.`,
		isOpen: (name: string) => `The files of ${quoted(name)} are open.`,
		notOpened: (why: string) => `The files are still closed. ${why}`
	},

	billing: {
		title: 'Billing',
		lead: 'A draft invoice has a line for each session that is on no invoice yet. Nothing is sent before you finalise it at Stripe.',
		start: 'Bill the sessions',
		rate: 'An hour costs',
		rateHelp: 'Such as 62.50. Leave it empty to bill fixed amounts only.',
		currency: 'Currency',
		since: 'Only sessions from this day on',
		rounding: 'Minutes',
		exact: 'As they are',
		quarters: 'Rounded up to the quarter of an hour',
		fixed: 'Fixed amounts',
		fixedHelp: 'One to a line, such as: Mixing, first half=640',
		read: 'Read it first',
		toRead: 'This would be on the invoice',
		make: 'Make the draft at Stripe',
		change: 'Change it',
		made: 'The draft is made',
		nothingSent: 'Nothing is sent yet. Void it or delete it at Stripe, and its sessions are free again.',
		finalise: 'Read and finalise it at Stripe',
		close: 'Done',
		notMade: (why: string) => `No draft was made. ${why}`,
		onInvoice: 'On an invoice'
	},

	sessions: { upload: 'Choose files' }
};
