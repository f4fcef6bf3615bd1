// A polite live region for what the dashboard only shows: its toasts, and the title of a new page.

import { text, type Rule } from './rules';

export const toasts: Rule[] = [{ at: '.toasts-container', give: { role: 'log', 'aria-live': 'off' } }]; // toasts are announced once, by the live region

const region = Object.assign(document.createElement('div'), { className: 'stock-voice', role: 'status' });
const said = new WeakSet<Element>();

export function addVoice(): void {
	document.body.append(region);
	new MutationObserver(() => {
		if (document.title && !location.hash.startsWith('#/studio')) say(document.title); // the Studio announces its own pages
	}).observe(document.querySelector('title')!, { childList: true });
}

/** Announces each toast once. */
export function sayToasts(): void {
	for (const toast of document.querySelectorAll('.toast-content')) {
		if (said.has(toast)) continue;
		said.add(toast);
		say(text(toast) ?? '');
	}
}

function say(sentence: string): void {
	region.textContent = sentence === region.textContent ? sentence + '\u00a0' : sentence; // the same text would not be announced again
}
