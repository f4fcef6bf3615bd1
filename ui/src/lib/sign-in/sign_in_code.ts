const decimal = /\p{Nd}/u;
const anyDecimal = /\p{Nd}/gu;

/**
 * The eight digits of a sign-in code, in whatever it was pasted with and in any script's digits; empty where there is
 * none.
 */
export function signInCode(text: string): string {
	const plain = text.normalize('NFKC').replace(anyDecimal, asciiDigit);
	const run = (plain.match(/\d+/g) ?? []).find(({ length }) => length === 8);
	if (run) return run;
	const digits = plain.replace(/\D/g, ''); // written down in groups
	return digits.length === 8 ? digits : '';
}

// Unicode has the ten digits of a script one after the other, from zero on.
function asciiDigit(digit: string): string {
	const point = digit.codePointAt(0)!;
	let value = 0;
	while (decimal.test(String.fromCodePoint(point - value - 1))) value++;
	return String(value % 10);
}
