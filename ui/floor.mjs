// Finds features in our own sources that browsers as old as Safari 16.4 (March 2023) lack: `node floor.mjs`, part of
// `make check`. The lists name newer features that are tempting to use. A line that tests for the feature, or has a
// fallback, says so in a comment with the words `newer:` and the reason, on the line itself or on the one above. The
// bundler lowers syntax, but adds no missing functions.

import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';

/** By what is looked for, and in which Safari it came.
 * @type {[RegExp, string][]} */
const scripts = [
	[/\bAbortSignal\.any\b/, '17.4'],
	[/\bPromise\.withResolvers\b/, '17.4'],
	[/\bPromise\.try\b/, '18.2'],
	[/\b(?:Object|Map)\.groupBy\b/, '17.4'],
	[/\bArray\.fromAsync\b/, '16.4, and Chrome 121'],
	[/\bURL\.(?:canParse|parse)\b/, '17'],
	[/\bIterator\.(?:from|concat|zip)\b/, '18.4'],
	[
		/(?<!Object)\.(?:keys|values|entries|matchAll)\([^()]*\)\s*\.(?:map|filter|take|drop|flatMap|reduce|toArray|forEach|some|every|find)\b/,
		'18.4, of iterators'
	],
	[/\.(?:union|intersection|difference|symmetricDifference|isSubsetOf|isSupersetOf|isDisjointFrom)\(/, '17, of sets'],
	[/\bUint8Array\.(?:fromBase64|fromHex)\b|\.(?:toBase64|toHex|setFromBase64|setFromHex)\(/, '18.2'],
	[/\.(?:showPopover|hidePopover|togglePopover)\(|\bpopover(?:target|=)|:popover-open\b/, '17'],
	[/\.(?:isWellFormed|toWellFormed)\(/, '16.4, and Firefox 119'],
	[/\.transfer(?:ToFixedLength)?\(\)/, '17.4'],
	[/\bRegExp\.escape\b/, '18.2'],
	[/\bMath\.(?:f16round|sumPrecise)\b|\bFloat16Array\b/, '18.2'],
	[/\bstartViewTransition\b/, '18'],
	[/\brequestIdleCallback\b/, 'no Safari'],
	[/\bscheduler\.(?:postTask|yield)\b/, 'no Safari'],
	[/\bscrollend\b/, '26.2'],
	[/\bcheckVisibility\(/, '17.4'],
	[/\bnavigation\.(?:navigate|addEventListener)\b|\bURLPattern\b/, '26'],
	[/\bIntl\.DurationFormat\b/, '16.4, and Chrome 129'],
	[/\bTemporal\./, 'no Safari'],
	[/\bwith\s*\{\s*type:\s*['"]json/, '17.2'],
	[/\binterestfor=|\bcommandfor=|\bclosedby=/, '26'],
	[/\b(?:localStorage|sessionStorage)\b/, 'none that forbids it: use $lib/browser/storage']
];
/** @type {[RegExp, string][]} */
const styles = [
	[
		/(?:^|[\s;{])(?:text-box(?:-trim|-edge)?|field-sizing|interpolate-size|anchor-name|position-anchor|position-area)\s*:/,
		'18.2 or later'
	],
	[/\blight-dark\(/, '17.5'],
	[/@starting-style\b/, '17.5'],
	[/@scope\b/, '17.4'],
	[/@view-transition\b|\bview-transition-name\s*:/, '18'],
	[/@position-try\b|\banchor(?:-size)?\(/, '26'],
	[/\btext-wrap(?:-style)?\s*:\s*(?:balance|pretty|stable)/, '17.5'],
	[/\btransition-behavior\s*:|\ballow-discrete\b/, '17.4'],
	[/:popover-open\b/, '17'],
	[/:user-(?:valid|invalid)\b/, '16.5'],
	[/:has-slotted\b|:open\b|::details-content\b/, '18.4 or later'],
	[/\bcontent-visibility\s*:/, '18'],
	[/\boverflow-block\s*:|\bscrollbar-(?:color|width|gutter)\s*:/, '18.2'],
	[/\b(?:color|oklch|oklab|hsl|rgb|hwb|lch|lab)\(\s*from\b/, '16.4 in part, 18 with currentcolor'],
	[/^\s*&/, '16.5, of nesting']
];

const here = fileURLToPath(new URL('.', import.meta.url));

/** The lines of a source that need a newer browser, as sentences. */
export function tooNew(name, source) {
	const found = [];
	const lines = source.split('\n');
	let inStyle = name.endsWith('.css');
	let inComment = false;
	lines.forEach((line, i) => {
		if (/<style\b/.test(line)) inStyle = true;
		const code = withoutComments(line);
		const isExcused = /newer:/.test(line) || /newer:/.test(lines[i - 1] ?? '');
		if (!isExcused) {
			for (const [what, since] of inStyle ? styles : scripts) {
				const hit = what.exec(code);
				if (hit) found.push(`${name}:${i + 1}: ${hit[0].trim()} needs Safari ${since}`);
			}
		}
		if (/<\/style>/.test(line)) inStyle = name.endsWith('.css');
	});
	return found;

	function withoutComments(line) {
		let rest = line;
		if (inComment) {
			const end = rest.search(/\*\/|-->/);
			if (end < 0) return '';
			rest = rest.slice(end);
			inComment = false;
		}
		rest = rest.replace(/\/\*.*?\*\/|<!--.*?-->/g, '').replace(/(^|[\s;{(,])\/\/.*$/, '$1');
		if (/\/\*|<!--/.test(rest)) {
			inComment = true;
			rest = rest.replace(/(?:\/\*|<!--).*$/, '');
		}
		return rest;
	}
}

/** All sources of the portal and of the Studio. */
export function* sources() {
	for (const root of ['src', 'studio']) {
		for (const entry of readdirSync(join(here, root), { recursive: true, withFileTypes: true })) {
			const path = join(entry.parentPath, entry.name).slice(here.length);
			if (!entry.isFile() || path.startsWith('studio/build/') || !/\.(?:ts|js|svelte|css|html)$/.test(path)) continue;
			yield path;
		}
	}
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
	const found = [...sources()].flatMap((path) => tooNew(path, readFileSync(join(here, path), 'utf8')));
	for (const sentence of found) console.error(sentence);
	if (found.length) process.exit(1);
}
