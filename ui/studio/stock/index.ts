// Corrects the accessibility of PocketBase's own dashboard from outside.
//
// Input is the page as the dashboard draws it, at any time and in any part. Output is attributes, by tables of rules
// with one file for each subject, and what attributes cannot do: focus, keys and announcements. All rules are applied
// again after each change, at most every 30 ms, because looking over the whole page costs less than following each
// part. Names are taken from the dashboard's own texts where it has any. If a rule matches nothing, because the
// dashboard has changed, nothing happens; e2e/stock.test.mjs then reports which page has lost what.

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

const pause = 30; // milliseconds between a change and the rules

// The attributes by which the dashboard shows states. Those that the rules write are not observed, except those that
// they remove.
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

/** Starts the corrections. It is called once, before or after the dashboard has drawn its first page. */
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
