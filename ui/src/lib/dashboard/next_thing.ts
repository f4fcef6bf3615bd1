import type { Overview } from '$lib/types';

export interface NextThing {
	kind: 'meeting' | 'action' | 'deliverable' | 'comment';
	id: string;
}

const soonHours = 24; // a meeting within these comes before everything else
const soonDays = 2; // an item due within these, or late, comes before items without a date

/**
 * The one item that the dashboard shows larger than the others: a meeting today, then what is late or due soon, then
 * what waits for an approval or an answer, then other items, then a later meeting. Invoices are not considered, because
 * they load after the page. `daysUntil` returns the days from today to a date, negative for a past one.
 */
export function nextThing(
	{ waiting, nextBooking }: Pick<Overview, 'waiting' | 'nextBooking'>,
	now: Date,
	daysUntil: (date: string) => number
): NextThing | undefined {
	const open = waiting.actionItems.filter(({ completedAt }) => !completedAt);
	const isSoon = nextBooking !== null && Date.parse(nextBooking.startTime) - now.getTime() < soonHours * 3600_000;
	const first = (kind: NextThing['kind'], thing: { id: string } | null | undefined) =>
		thing ? { kind, id: thing.id } : undefined;
	return (
		first('meeting', isSoon ? nextBooking : null) ??
		first(
			'action',
			open.find(({ dueDate }) => dueDate && daysUntil(dueDate) <= soonDays)
		) ??
		first('deliverable', waiting.deliverables[0]) ??
		first('comment', waiting.comments[0]) ??
		first('action', open[0]) ??
		first('meeting', nextBooking)
	);
}

/** Whether the item is still on the page, ticked or not. It then stays the large one while the page is being read. */
export function isStillThere(
	thing: NextThing | undefined,
	{ waiting, nextBooking }: Pick<Overview, 'waiting' | 'nextBooking'>
): thing is NextThing {
	if (!thing) return false;
	const listed = {
		meeting: nextBooking ? [nextBooking] : [],
		action: waiting.actionItems,
		deliverable: waiting.deliverables,
		comment: waiting.comments
	}[thing.kind];
	return listed.some(({ id }) => id === thing.id);
}
