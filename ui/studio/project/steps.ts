// The changes of status that are offered, and their names.

import type { DeliverableStatus, MilestoneStatus } from '$lib/types';

import { words } from './words';

export interface Step<S extends string> {
	to: S;
	key?: string; // identifies a button that stays in its place and then does the opposite
	before: string; // the button's name before the title: “Mark”
	after?: string; // and after it: “as done”
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
