// What PocketBase's own dashboard lacks for a screen reader and the keyboard, given to it from outside.
//
// In: the page as the dashboard draws it, at any time and in any part. Out: attributes on its elements by the tables of
// rules, one file a subject, and what attributes cannot do: focus, keys, a voice. Everything is applied again after
// each change, all rules at once and not more often than every few hundredths of a second, for to look everything over
// costs less than to follow each part. Names come from the dashboard's own words where it has any. When a rule finds
// nothing, because the dashboard changed, nothing happens: it is as inaccessible as it was. e2e/stock.test.mjs says
// then which page has lost what.

import './stock.css';

import type { Dashboard } from '../dashboard';
import type { Stock } from './app';
import { chooseColumns } from './columns';
import { fields } from './fields';
import { frame } from './frame';
import { answerKeys } from './keys';
import { names } from './names';
import { closeByEscape, followPanels } from './panels';
import { apply } from './rules';
import { structure } from './structure';
import { tables } from './tables';
import { addVoice, sayToasts, toasts } from './voice';

const pause = 30; // milliseconds between a change and the next look

// The attributes by which the dashboard shows a state; what the rules write is not among them, but for what they take
// away.
const watched = [
	'class',
	'hidden',
	'title',
	'placeholder',
	'required',
	'aria-description',
	'data-error',
	'data-modal-state'
];

/** Mends the dashboard from now on. To be called once, whether it has drawn its first page or not. */
export function mend(app: Dashboard): void {
	const stock = app as Stock;
	const rules = [...structure, ...names, ...tables(stock), ...fields(stock), ...toasts];
	let timer: ReturnType<typeof setTimeout> | undefined;

	function look(): void {
		timer = undefined;
		apply(rules);
		sayToasts();
	}

	frame();
	addVoice();
	answerKeys();
	closeByEscape(stock);
	chooseColumns(stock);
	look();
	new MutationObserver(() => {
		followPanels();
		timer ??= setTimeout(look, pause);
	}).observe(document.body, { childList: true, subtree: true, characterData: true, attributeFilter: watched });
}
