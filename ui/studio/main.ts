// Starts the Studio and the corrections of the stock dashboard. The Studio's pages are loaded when they are first
// shown.

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
		console.warn('The Studio cannot be opened.', failure);
		if (isThere) apologise();
	}
};
root.onunmount = () => leave();

/** The element for every path of the Studio: always the same one, which follows the address itself. */
export function page(path = ''): HTMLElement {
	arrive(path);
	return root;
}

// After an upgrade, an open dashboard requests files that no longer exist; and the server may be away. What failed once
// fails until the document is loaded anew.
function apologise(): void {
	const title = document.createElement('h1');
	title.textContent = words.title;
	title.tabIndex = -1;
	const sentence = document.createElement('p');
	sentence.textContent = words.stale;
	const again = document.createElement('button');
	again.textContent = words.reload;
	again.onclick = () => location.reload();
	root.replaceChildren(title, sentence, again);
	title.focus();
}
