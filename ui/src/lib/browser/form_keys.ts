// Keyboard shortcuts of every form for longer text, in the portal and in the Studio: Ctrl+Enter does what the submit button does,
// and Escape what the Cancel button does.

import { on } from 'svelte/events';

interface Ways {
	send: (event: Event) => unknown;
	leave?: (() => unknown) | undefined;
}

/** An attachment for a form, or for a field that is saved by itself. */
export const formKeys =
	({ send, leave }: Ways) =>
	(form: HTMLElement) =>
		on(form, 'keydown', (event) => {
			if (event.isComposing || event.defaultPrevented) return; // an input method may need the key
			const sends = event.key === 'Enter' && (event.ctrlKey || event.metaKey);
			if (!sends && (event.key !== 'Escape' || !leave)) return;
			event.preventDefault();
			if (sends) send(event);
			else leave!();
		});
