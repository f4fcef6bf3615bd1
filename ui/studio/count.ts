// Numbers with their nouns.

export const number = new Intl.NumberFormat('en-GB');

/** “1 comment”, “3 comments” */
export function count(n: number, one: string, many = one + 's'): string {
	return `${number.format(n)} ${n === 1 ? one : many}`;
}
