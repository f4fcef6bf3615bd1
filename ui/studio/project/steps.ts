// From which status to which, and what that is called.

import type { DeliverableStatus, MilestoneStatus } from '$lib/types';

import { words } from './words';

export interface Step<S extends string> {
	to: S;
	key?: string; // of a button that stays where it is, and does the opposite afterwards
	before: string; // what stands before the title in the button's name: “Mark”
	after?: string; // and behind it: “as done”
	confirmation?: (title: string) => string;
}

const say = words.steps;

const done: Step<MilestoneStatus> = { to: 'DONE', key: 'done', before: say.mark, after: say.asDone };

export const milestoneSteps: Record<MilestoneStatus, Step<MilestoneStatus>[]> = {
	TODO: [done, { to: 'ACTIVE', before: say.start }],
	ACTIVE: [done],
	DONE: [{ to: 'ACTIVE', key: 'done', before: say.unmark }]
};

const deliver: Step<DeliverableStatus> = { to: 'DELIVERED', before: say.deliver };

export const deliverableSteps: Record<DeliverableStatus, Step<DeliverableStatus>[]> = {
	PENDING: [{ to: 'IN_PROGRESS', before: say.start }, deliver],
	IN_PROGRESS: [deliver],
	DELIVERED: [
		{ to: 'IN_PROGRESS', before: say.takeBack, after: say.forMore },
		{ to: 'APPROVED', before: say.approve, after: say.inPlace, confirmation: say.confirmApprove }
	],
	APPROVED: [{ to: 'IN_PROGRESS', before: say.reopen }]
};
