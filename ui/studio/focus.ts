// Moves the focus when the element that had it has disappeared.

/** The element that names a part of the page: its heading, or the title of an item in a list. */
export function nameIn(part: Element): HTMLElement | null {
	return part.querySelector<HTMLElement>('h1, h2, h3, .name');
}

/** Focuses the element that names a part of the page. */
export function focusIn(part: Element | null | undefined): void {
	const name = part && nameIn(part);
	name?.setAttribute('tabindex', '-1');
	name?.focus();
}

/** The same, but only if no element has the focus. */
export function focusInIfLost(part: Element | null | undefined): void {
	if (document.activeElement === document.body) focusIn(part);
}
