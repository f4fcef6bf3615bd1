// The way into the Studio, and the mends of the stock dashboard. What the Studio shows is fetched when it is looked at.

import type { Mounted } from './dashboard';
import { arrive } from './router.svelte';
import { words } from './stale';

export { tellOfSignOut } from './sign_out';
export { mend } from './stock/index';

const root: Mounted = document.createElement('div');
root.className = 'studio';

let leave = () => {};

root.onmount = async () => {
	let isThere = true;
	leave = () => (isThere = false);
	try {
		const { show } = await import('./show');
		if (isThere) leave = show(root);
	} catch (failure) {
		console.warn(failure);
		root.replaceChildren(apology());
	}
};
root.onunmount = () => leave();

/** The page that is shown at a path of the Studio's: always the same one, which finds its way by itself. */
export function page(path = ''): HTMLElement {
	arrive(path);
	return root;
}

// After an upgrade, an open dashboard asks for files that are no more.
function apology(): HTMLElement {
	const sentence = document.createElement('p');
	const again = document.createElement('button');
	again.textContent = words.reload;
	again.onclick = () => location.reload();
	sentence.append(words.stale, ' ', again);
	return sentence;
}
