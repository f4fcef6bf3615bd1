// Moments of a recording, as they are shown and as people type them.

/** “1:12”, and “1:02:03” from an hour on. */
export function clock(ms: number): string {
	const seconds = Math.floor(ms / 1000);
	const [hours, minutes] = [Math.floor(seconds / 3600), Math.floor(seconds / 60) % 60];
	const two = (n: number) => String(n).padStart(2, '0');
	return hours ? `${hours}:${two(minutes)}:${two(seconds % 60)}` : `${minutes}:${two(seconds % 60)}`;
}

/** Milliseconds of “1:12”, “1:12.5”, “72” or “1:02:03”; undefined for other text. */
export function parseClock(text: string): number | undefined {
	const parts = text.trim().replace(',', '.').split(':');
	if (parts.length > 3 || !parts.every((part, i) => (i === parts.length - 1 ? /^\d+(\.\d+)?$/ : /^\d+$/).test(part)))
		return undefined;
	const numbers = parts.map(Number);
	if (numbers.slice(1).some((n) => n >= 60)) return undefined;
	return Math.round(numbers.reduce((sum, n) => sum * 60 + n, 0) * 1000);
}
