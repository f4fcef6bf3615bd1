// The addresses of search results.

import type { Found } from '$lib/types';

const sections: Record<string, string> = {
	milestones: 'milestones',
	action_items: 'actions',
	attachments: 'files'
};
const items: Record<string, string> = { sessions: 'session', goals: 'goal', deliverables: 'deliverable' };

/** The path of a record if it has one, or else of its section or project. */
export function placeOf({ collection, id, project }: Pick<Found, 'collection' | 'id' | 'project'>): string {
	const item = items[collection];
	const anchor = item ? `${item}-${id}` : sections[collection];
	return `projects/${project}${anchor ? `/${anchor}` : ''}`;
}
