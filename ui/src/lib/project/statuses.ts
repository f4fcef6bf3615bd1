// The shape, the word and the tone that show each status.

import { daysUntil } from '$lib/time/times';
import type { DeliverableStatus, Invoice, MilestoneStatus, ProjectStatus } from '$lib/types';
import { words } from '$face/words';

type Look = {
	shape: 'empty' | 'half' | 'full' | 'check' | 'cross';
	word: string;
	tone: '' | 'done' | 'ready' | 'late';
};

export function milestoneLook(status: MilestoneStatus): Look {
	const word = words.milestoneStatus[status];
	if (status === 'DONE') return { shape: 'check', word, tone: 'done' };
	return { shape: status === 'ACTIVE' ? 'half' : 'empty', word, tone: status === 'ACTIVE' ? 'ready' : '' };
}

export function deliverableLook(status: DeliverableStatus): Look {
	const word = words.deliverableStatus[status];
	if (status === 'APPROVED') return { shape: 'check', word, tone: 'done' };
	if (status === 'DELIVERED') return { shape: 'full', word, tone: 'ready' };
	return { shape: status === 'IN_PROGRESS' ? 'half' : 'empty', word, tone: '' };
}

export function projectLook(status: ProjectStatus): Look {
	const word = words.projectStatus[status];
	if (status === 'COMPLETED') return { shape: 'check', word, tone: 'done' };
	if (status === 'ON_HOLD') return { shape: 'empty', word, tone: '' };
	return { shape: status === 'ACTIVE' ? 'half' : 'full', word, tone: status === 'ACTIVE' ? 'ready' : '' };
}

export const isLate = (item: Invoice) => item.status === 'open' && item.dueDate !== null && daysUntil(item.dueDate) < 0;

export function invoiceLook(item: Invoice): Look {
	const word = words.invoices.status[item.status] ?? item.status.replaceAll('_', ' ');
	if (item.status === 'paid') return { shape: 'check', word, tone: 'done' };
	if (item.status === 'open' && item.paid > 0)
		return { shape: 'half', word: words.invoices.partlyPaid, tone: isLate(item) ? 'late' : 'ready' };
	if (item.status === 'open') return { shape: 'empty', word, tone: isLate(item) ? 'late' : 'ready' };
	if (item.status === 'pending') return { shape: 'half', word, tone: '' };
	if (item.status === 'failed') return { shape: 'cross', word, tone: 'late' };
	if (item.status === 'credited') return { shape: 'check', word, tone: '' };
	if (item.status === 'partially_refunded') return { shape: 'half', word, tone: '' };
	return { shape: 'cross', word, tone: '' };
}
