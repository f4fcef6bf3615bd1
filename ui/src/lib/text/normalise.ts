/** PocketBase's REST API writes times with a space, its live messages and ours with a T: here all get the T. */
export function normalise<T>(value: T): T {
	if (typeof value === 'string') return value.replace(/^(\d{4}-\d\d-\d\d) (\d\d:\d\d:\d\d\.\d{3}Z)$/, '$1T$2') as T;
	if (Array.isArray(value)) return value.map(normalise) as T;
	if (value && typeof value === 'object')
		return Object.fromEntries(Object.entries(value).map(([name, inner]) => [name, normalise(inner)])) as T;
	return value;
}
