// The initial columns of lists of records: those that tell records apart. The dashboard stores the owner's own choice
// in the same place, which is never changed.

import { local } from '$lib/browser/storage';
import type { CollectionModel } from 'pocketbase';

import type { Stock } from './app';

const prefix = 'pbColumns_'; // the dashboard's prefix

/** The columns shown, by collection; other collections show all. */
const shown: Record<string, string[]> = {
	clients: ['name', 'email', 'company', 'archivedAt', 'created'],
	projects: ['title', 'client', 'serviceType', 'status', 'dueDate', 'updated'],
	milestones: ['title', 'project', 'sortOrder', 'status', 'dueDate'],
	sessions: ['title', 'project', 'date', 'durationMin', 'notes'],
	goals: ['title', 'project', 'targetDate', 'completedAt'],
	deliverables: ['title', 'project', 'status', 'attachment', 'deliveredAt', 'approvedAt'],
	action_items: ['title', 'project', 'assignedTo', 'dueDate', 'completedAt'],
	attachments: ['filename', 'project', 'session', 'size', 'uploadedBy', 'created'],
	comments: ['body', 'authorName', 'client', 'session', 'milestone', 'goal', 'created'],
	bookings: ['title', 'client', 'startTime', 'endTime', 'meetUrl', 'cancelledAt'],
	integrations: ['name', 'state', 'lastSuccessAt', 'lastError'],
	outbox: ['notice', 'recipient', 'client', 'project', 'state', 'happenedAt', 'lastError']
};

export function chooseColumns(app: Stock): void {
	watch(() => app.store.collections.forEach(begin));
}

function begin({ id, name, fields }: CollectionModel): void {
	const columns = shown[name];
	if (!columns || local.getItem(prefix + id)) return;
	const chosen = fields.filter(({ hidden }) => !hidden).map((field) => [field.id, columns.includes(field.name)]);
	local.setItem(prefix + id, JSON.stringify(Object.fromEntries(chosen)));
}
