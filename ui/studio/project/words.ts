// The words of the owner's page of a project, beside those that it shares with the client's.

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

	/** The words around a title: “Mark … as done” */
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

	preview: {
		label: 'Preview',
		help: 'A line that begins with “- ” is an item of a list, one with “# ” a heading; *one star* stresses, **two** more; addresses are links.',
		nothing: 'There are no words yet.',
		failed: (why: string) => `The preview cannot be shown just now. ${why}`
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

	sessions: { upload: 'Choose files' }
};
