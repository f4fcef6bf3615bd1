import type { Handle } from '@sveltejs/kit';

// The page's one font is fetched together with its script, so that the first words are already set in it.
export const handle: Handle = ({ event, resolve }) =>
	resolve(event, { preload: ({ type }) => type === 'js' || type === 'css' || type === 'font' });
