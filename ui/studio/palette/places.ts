// Where in the Studio something is that was found by its words.

import type { Found } from '$lib/types';

const sections: Record<string, string> = {
	milestones: 'milestones',
	action_items: 'actions',
	attachments: 'files'
};
const items: Record<string, string> = { sessions: 'session', goals: 'goal', deliverables: 'deliverable' };

/** The path of the thing itself where it has a place of its own, else of its section or its project. */
export function placeOf({ collection, id, project }: Pick<Found, 'collection' | 'id' | 'project'>): string {
	const item = items[collection];
	const anchor = item ? `${item}-${id}` : sections[collection];
	return `projects/${project}${anchor ? `/${anchor}` : ''}`;
}
