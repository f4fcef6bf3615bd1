// A rule says what the elements that a selector finds are given. Rules are applied again and again while the dashboard
// draws and redraws itself, so each says how things should be, never what changes. The Studio's own pages need none.

/** An attribute's value, null to take the attribute away, undefined to leave it as it is. */
type Value = string | null | undefined;

export interface Rule {
	at: string;
	give: Record<string, Value | ((element: HTMLElement) => Value)>;
}

export function apply(rules: Rule[]): void {
	for (const { at, give } of rules) {
		for (const element of document.querySelectorAll<HTMLElement>(at)) {
			if (element.parentElement?.closest('.studio')) continue;
			for (const [attribute, value] of Object.entries(give))
				set(element, attribute, typeof value === 'function' ? value(element) : value);
		}
	}
}

// Only what differs is written: a write that changes nothing would still wake whoever watches the attribute.
function set(element: HTMLElement, attribute: string, value: Value): void {
	if (value === undefined || value === element.getAttribute(attribute)) return;
	if (value === null) element.removeAttribute(attribute);
	else element.setAttribute(attribute, value);
}

/** The words that an element shows, on one line; undefined if it shows none. */
export const text = (element: Element | null | undefined) =>
	element?.textContent?.trim().replace(/\s+/g, ' ') || undefined;

let ids = 0;

/** The element's id, so that another can be said to be named or described by it. */
export const idOf = (element: Element) => (element.id ||= `stock-${++ids}`);
