/** A deeply reactive copy, for data that is changed on the page before the server has answered. */
export function editable<T extends object>(data: T): T {
	const copy = $state(data);
	return copy;
}

/**
 * Lists the current items in their former order, so that nothing moves under a finger. New items come last, and removed
 * ones may stay.
 */
export function inPlace<T extends { id: string }>(
	before: T[],
	now: T[],
	stays: (gone: T) => boolean = () => false
): T[] {
	const listed = new Map(now.map((item) => [item.id, item]));
	const known = new Set(before.map(({ id }) => id));
	const kept = before.filter((item) => listed.has(item.id) || stays(item)).map((item) => listed.get(item.id) ?? item);
	return [...kept, ...now.filter(({ id }) => !known.has(id))];
}
