// Moves the focus on arrival at a page: to its heading, or to the element that the address names, as soon as that
// exists. The document's title follows the heading.

import { dashboard } from './dashboard';
import { nameIn } from './focus';
import { placeOf, route } from './router.svelte';
import { words } from './words';

const settling = 2000; // milliseconds in which the rest of the page may still load

/** An attachment for the element that contains the page. */
export function land(root: HTMLElement): () => void {
	void route.turn; // runs again at each visit
	const { id, anchor, deliverable } = placeOf(route.path);
	let awaited = [
		() => root.querySelector<HTMLElement>('h1'),
		...(anchor && id !== 'new' && !deliverable ? [() => named(root, anchor)] : [])
	];
	let landed: HTMLElement | null = null;
	let title = '';
	let settled = Infinity;

	function look() {
		const heading = root.querySelector('h1')?.textContent?.trim() ?? '';
		if (heading !== title) dashboard.store.title = [(title = heading), words.navigation];
		const left = landed !== null && document.activeElement !== landed && document.activeElement !== document.body;
		if (left) awaited = []; // the reader has moved on
		for (let next = awaited[0]?.(); next; next = awaited[0]?.()) {
			awaited.shift();
			landed = arriveAt(next);
			settled = Date.now() + settling;
		}
		if (landed && landed.localName !== 'h1' && document.activeElement === landed && Date.now() < settled)
			landed.scrollIntoView(); // content above it may have loaded later
	}

	const observer = new MutationObserver(look);
	observer.observe(root, { childList: true, subtree: true, characterData: true });
	root.closest('.studio')?.scrollTo(0, 0);
	look();
	return () => observer.disconnect();
}

/** Finds a section by its name, or a record by its kind and id: milestone-<id>. */
function named(root: HTMLElement, anchor: string): HTMLElement | null {
	return root.querySelector<HTMLElement>(`[id="${CSS.escape(anchor)}"], [id$="-${CSS.escape(anchor)}"]`);
}

function arriveAt(element: HTMLElement): HTMLElement {
	for (let around = element.closest('details'); around; around = around.parentElement?.closest('details') ?? null)
		around.open = true;
	// Focuses the element that names the target, or its first control, because a whole item would be read out whole.
	const target =
		(element.matches('details')
			? element.querySelector('summary')
			: (nameIn(element) ?? element.querySelector<HTMLElement>('select'))) ?? element;
	if (target.tabIndex < 0) target.tabIndex = -1; // an element that Tab reaches by itself stays reachable
	target.focus({ preventScroll: target.localName === 'h1' });
	return target;
}
