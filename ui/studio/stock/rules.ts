// A rule sets attributes of the elements that a selector finds. Rules are applied repeatedly while the dashboard draws,
// so each states how an element should be, not how to change it. The Studio's own pages need none.

/** An attribute's value; null removes it, and undefined leaves it unchanged. */
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

// Writes only differences, because every write wakes observers of the attribute.
function set(element: HTMLElement, attribute: string, value: Value): void {
	if (value === undefined || value === element.getAttribute(attribute)) return;
	if (value === null) element.removeAttribute(attribute);
	else element.setAttribute(attribute, value);
}

/** An element's visible text in one line; undefined if it has none. */
export const text = (element: Element | null | undefined) =>
	element?.textContent?.trim().replace(/\s+/g, ' ') || undefined;

let ids = 0;

/** The element's id, which is set if missing, so that another element can refer to it. */
export const idOf = (element: Element) => (element.id ||= `stock-${++ids}`);
