// The words of the shared components where they address the owner. The counterpart of the portal's src/face/words.

import { words as portal } from '../../src/face/words';

export { count, number } from '../../src/face/words/phrases';

const { quoted } = portal;

export const words: typeof portal = {
	...portal,
	deliverableStatus: { ...portal.deliverableStatus, DELIVERED: 'Delivered' },
	project: {
		...portal.project,
		noMilestones: 'No milestones yet.',
		noSessions: 'No sessions yet.',
		noDeliverables: 'No deliverables yet.',
		noActions: 'Nobody has anything to do.',
		noGoals: 'No goals yet.',
		yours: 'The client’s',
		others: 'Yours'
	},
	deliverable: { ...portal.deliverable, youAsked: 'The client asked for changes:' },
	people: {
		...portal.people,
		lead: 'They sign in for this client, each with an address of their own, and write in their own name.',
		none: 'Nobody but the client signs in here. Others may: each with an address of their own, who see the client’s projects and write in their own name.'
	},
	thread: { ...portal.thread, deleted: (author) => `${author} deleted this comment. It said:` },
	files: { ...portal.files, by: (who, name) => (who === 'james' ? 'from you' : `from ${name || 'the client'}`) },
	upload: {
		...portal.upload,
		choose: 'Choose files for the client',
		sent: (name) => `${quoted(name)} is there.`,
		sentSeveral: (n) => `${n} files are there.`
	}
};
