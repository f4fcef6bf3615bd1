const decimal = /\p{Nd}/u;
const anyDecimal = /\p{Nd}/gu;

/** The eight digits of a sign-in code within pasted text, in the digits of any script; empty if there is none. */
export function signInCode(text: string): string {
	const plain = text.normalize('NFKC').replace(anyDecimal, asciiDigit);
	const run = (plain.match(/\d+/g) ?? []).find(({ length }) => length === 8);
	if (run) return run;
	const digits = plain.replace(/\D/g, ''); // people write digits in groups
	return digits.length === 8 ? digits : '';
}

// In Unicode the ten digits of a script follow each other, beginning with zero.
function asciiDigit(digit: string): string {
	const point = digit.codePointAt(0)!;
	let value = 0;
	while (decimal.test(String.fromCodePoint(point - value - 1))) value++;
	return String(value % 10);
}
