// The sentences that announce changes.

import type { Message } from '$lib/types';

import { owner, quoted } from './phrases';
import { deliverableStatus, milestoneStatus } from './status';

export const live = {
	down: 'The connection is lost.',
	back: 'The connection is back.',
	several: (n: number) => `${n} things have changed.`,
	/** The sentence that announces a change; empty where none is needed. */
	sentence(
		{ action, collection, record }: Message,
		thread: string
	): string | { key: string; text: (n: number) => string } {
		const title = quoted(record.title ?? '');
		switch (`${action} ${collection}`) {
			case 'create comments': {
				if (record.kind) return ''; // the deliverable's change announces the verdict
				const on = thread ? ` on ${quoted(thread)}` : '';
				const author = record.isJames ? (record.authorName ?? owner) : '';
				if (!author) return '';
				return {
					key: `comments ${author}${on}`,
					text: (n) => (n === 1 ? `${author} posted a comment${on}.` : `${author} posted ${n} comments${on}.`)
				};
			}
			case 'create sessions':
				return `New session notes: ${title}.`;
			case 'update sessions':
				return { key: `session ${record.id}`, text: () => `The notes of ${title} have changed.` };
			case 'create milestones':
				return `New milestone: ${title}.`;
			case 'update milestones':
				return {
					key: `milestone ${record.id}`,
					text: () => `Milestone ${title}: ${statusWord(milestoneStatus, record.status)}.`
				};
			case 'create deliverables':
			case 'update deliverables':
				return {
					key: `deliverable ${record.id}`,
					text: () => `${title}: ${statusWord(deliverableStatus, record.status)}.`
				};
			case 'create action_items':
				return record.assignedTo === 'client' ? `New for you to do: ${title}.` : '';
			case 'create goals':
				return `New goal: ${title}.`;
			case 'create attachments':
				return record.uploadedBy === 'james'
					? {
							key: 'files',
							text: (n) => (n === 1 ? `New file: ${quoted(record.filename ?? '')}.` : `${n} new files.`)
						}
					: '';
			case 'create projects':
				return `New project: ${title}.`;
			case 'update projects':
				return { key: `project ${record.id}`, text: () => `${title} has changed.` };
			case 'create bookings':
				return `New meeting: ${title}.`;
			case 'update bookings':
				return { key: `booking ${record.id}`, text: () => `A meeting has changed: ${title}.` };
			case 'update invoices':
				return { key: 'invoices', text: () => 'Your invoices have changed.' };
		}
		return '';
	}
};

function statusWord(names: Record<string, string>, status = ''): string {
	return (names[status] ?? '').toLowerCase();
}
