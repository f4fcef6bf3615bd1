// What the tests' pages have in their window besides the browser's own: the dashboard's program, axe, and what a test measures.

declare const app: any;
declare const watch: any;

interface Window {
	axe: typeof import('axe-core');
	shift: number;
	interactive: number;
	heard: () => HTMLAudioElement;
	returns: number[];
	changes: { type: string; at: number; others: number[] }[];
	levels: (() => number)[];
}

interface PerformanceEntry {
	encodedBodySize?: number;
	value?: number;
}
