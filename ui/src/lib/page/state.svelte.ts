/**
 * A copy whose every part can be changed in place and is shown at once: for what is changed before the server has
 * answered.
 */
export function live<T extends object>(data: T): T {
	const copy = $state(data);
	return copy;
}

/** What is listed now, in the order in which it was listed before: nothing moves under a finger. What is new comes last, and
 * what is gone may stay. */
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
