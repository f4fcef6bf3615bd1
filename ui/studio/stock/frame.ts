// The dashboard draws everything, its header too, into one <main>, so that nothing in it can be a banner, and a jump to
// the main part leads nowhere. What it drew is moved into a frame of the same class, and the rules say what is the main
// part.
//
// Shablon goes on drawing in the frame, by the markers that moved with the rest; it asks the <main> itself only to
// insert where nothing was before, so that is passed on. It takes a move for a removal, after which a page would no
// longer follow its data: hence nobody hears of this one.

type Mounted = Element & { onunmount?: unknown };

export function frame(): void {
	const main = document.querySelector<HTMLElement>('main.app');
	if (!main) return;
	const frame = document.createElement('div');
	const sameClass = () => (frame.className = main.className);
	sameClass();
	new MutationObserver(sameClass).observe(main, { attributeFilter: ['class'] });

	main.before(frame);
	move(main, frame);
	main.insertBefore = (node, before) => frame.insertBefore(node, before);
	main.hidden = true;
}

function move(from: Element, to: Element): void {
	const focused = document.activeElement;
	const mounted = [...from.querySelectorAll<Mounted>('*')].map((element) => [element, element.onunmount] as const);
	for (const [element] of mounted) element.onunmount = undefined;
	to.append(...from.childNodes);
	queueMicrotask(() => mounted.forEach(([element, onunmount]) => (element.onunmount = onunmount))); // once the observers were told
	if (focused instanceof HTMLElement && to.contains(focused)) focused.focus();
}
