/**
 * Generated code with each match of a pattern replaced. It fails when nothing matches: a newer version of the generator then
 * stops the build, rather than shipping a page that lacks the change.
 */
export function rewritten(
	name: string,
	code: string,
	pattern: string | RegExp,
	by: (...match: string[]) => string
): string {
	const changed = code.replace(pattern, by);
	if (changed === code)
		throw new Error(
			`${name} has nothing that matches ${pattern}: look at how it is generated now, and mend the rewrite`
		);
	return changed;
}
