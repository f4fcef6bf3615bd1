import type { Overview } from '$lib/types';

export interface NextThing {
	kind: 'meeting' | 'action' | 'deliverable' | 'comment';
	id: string;
}

const soonHours = 24; // a meeting this near comes before everything
const soonDays = 2; // what is due this soon, or late, comes before what waits without a date

/**
 * The one thing that the dashboard shows larger than the rest: a meeting of today, then what is late or due soon, then
 * what waits for an approval or an answer, then what has time, then a later meeting. Money is not among them: it comes
 * by itself and later than the page. `daysUntil` says how many days away a date is, negative for one that has passed.
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

/** Whether the thing is still on the page, ticked or not: then it stays where it is while one reads. */
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
