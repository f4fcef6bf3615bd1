// Gives the dashboard a main landmark. It draws everything, including its header, into one <main>, so that nothing in
// it can be a banner, and a jump to the main content leads nowhere. Its content is moved into an element of the same
// class, and the rules set the roles.
//
// Shablon continues to draw in that element, by the markers that moved along. It only asks <main> itself for inserting
// where nothing was before, so that call is forwarded. It takes a move for a removal, after which a page would no
// longer follow its data; therefore its handlers are not called for this one.

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
	queueMicrotask(() => mounted.forEach(([element, onunmount]) => (element.onunmount = onunmount))); // after the mutation observers have run
	if (focused instanceof HTMLElement && to.contains(focused)) focused.focus();
}
