import type { Handle } from '@sveltejs/kit';

// Preloads the page's font together with its script, so that the first text is already set in it.
export const handle: Handle = ({ event, resolve }) =>
	resolve(event, { preload: ({ type }) => type === 'js' || type === 'css' || type === 'font' });
