// Makes panels and confirmations modal dialogs: named by their heading, with the rest of the page inert, and closed by
// Escape. Afterwards the focus returns to where it was, to the same row if that was drawn anew, or to the page's
// heading.

import type { Stock } from './app';
import { apply, idOf, type Rule } from './rules';

const open = '[data-modal-state="open"]:where(body *)'; // a panel that was removed counts as closed
const heading = (panel: Element) => panel.querySelector('.modal-title, h4, h5, h6');
const isBehind = (part: Element) => topPanel() !== undefined && part !== topPanel();

const topPanel = () =>
	[...document.querySelectorAll<HTMLElement>(open)].sort((a, b) => Number(b.style.zIndex) - Number(a.style.zIndex))[0];

const panels: Rule[] = [
	{
		at: `.modal${open}`,
		give: {
			role: (panel) => (panel.matches('.manual') ? 'alertdialog' : 'dialog'),
			'aria-modal': 'true',
			'aria-labelledby': (panel) => (heading(panel) ? idOf(heading(panel)!) : null)
		}
	},
	{ at: `body > div.app, .modal${open}`, give: { inert: (part) => (isBehind(part) ? '' : null) } }
];

interface Opened {
	panel: Element;
	from: () => HTMLElement | null | undefined;
}

const opened: Opened[] = []; // the topmost is last

/** To be called as soon as a panel may have changed, while the focus is still on what opened it. */
export function followPanels(): void {
	let from: Opened['from'] | undefined;
	for (let top = opened.at(-1); top && !top.panel.matches(open); top = opened.at(-1)) from = opened.pop()!.from; // of all that closed, the lowest
	for (const panel of document.querySelectorAll(open)) {
		if (!opened.some((one) => one.panel === panel)) opened.push({ panel, from: wayBack(document.activeElement) });
	}
	apply(panels); // makes what is behind focusable again
	if (from) setTimeout(giveBack, 20, from); // after the dashboard has returned the focus and removed it again
}

const settling = 2000; // milliseconds in which a saved record's row may be drawn anew
const looksEvery = 50;

function giveBack(from: Opened['from'], until = Date.now() + settling, given?: HTMLElement | null): void {
	const at = document.activeElement;
	if (given !== undefined && at !== given && at !== document.body) return; // the reader has moved on
	const target = from() ?? null;
	if (target !== at) target?.focus();
	if (Date.now() < until) setTimeout(giveBack, looksEvery, from, until, target);
}

// A saved record's row is drawn anew, with the same id on its checkbox.
function wayBack(element: Element | null): Opened['from'] {
	const box = element?.closest('tr')?.querySelector('.col-bulk-select input')?.id;
	return () => {
		if (element?.isConnected && element !== document.body) return element as HTMLElement; // it may be in the panel below
		const row = box ? document.getElementById(box)?.closest('tr') : undefined;
		return row?.querySelector<HTMLElement>('.col-meta [role="button"]') ?? pageHeading();
	};
}

function pageHeading(): HTMLElement | null {
	const h1 = document.querySelector<HTMLElement>('[aria-level="1"]');
	if (h1) h1.tabIndex = -1;
	return h1;
}

// newer: a browser without popovers would throw at this selector
const hasPopovers = CSS.supports('selector(:popover-open)');
// newer: as above
const closesFirst = `${hasPopovers ? ':popover-open:not(.pb-tooltip), ' : ''}.code-editor-dropdown`;

/** The dashboard closes a panel by Escape only while the panel itself has the focus, and not an element in it. */
export function closeByEscape(app: Stock): void {
	document.addEventListener('keydown', (event) => {
		const top = app.modals.getTop();
		const target = event.target as Element;
		if (
			event.key !== 'Escape' ||
			event.defaultPrevented ||
			!top ||
			top.matches('.manual') ||
			target === top ||
			!top.contains(target)
		)
			return;
		if (document.querySelector(closesFirst)) return;
		void app.modals.close();
	});
}
