// Globals of the tests' pages: the dashboard's app, axe, and what tests measure.

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
	announced: string[];
}

interface PerformanceEntry {
	encodedBodySize?: number;
	value?: number;
}
