/**
 * Replaces each match of a pattern in generated code. It throws if nothing matches, so that a new version of the
 * generator stops the build instead of shipping a page without the change.
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
