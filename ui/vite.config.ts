import { sveltekit } from '@sveltejs/kit/vite';
import { defineConfig, type Plugin } from 'vite';

import { rewritten } from './rewritten.ts';

// SvelteKit says each page's title through an element that it hides by a style attribute, which the content security policy
// does not allow; ours hides it by a class.
const quietAnnouncer: Plugin = {
	name: 'quiet-announcer',
	enforce: 'pre',
	transform: (code, id) =>
		id.endsWith('generated/root.svelte') ? rewritten(id, code, / style="[^"]*"/, () => ' class="vh"') : undefined
};

// Pages that few visits need, and that bring much: each is a script of its own, which comes when it is asked for.
const comeLater = [
	'/(portal)/bookings/new',
	'/(portal)/projects/[id]/listen/[deliverable]',
	'/(portal)/search',
	'/(portal)/settings'
];

// Everything else is one script, so its pages need no loading of their own: imported like all else, what nobody calls is
// left out.
const pagesAtOnce: Plugin = {
	name: 'pages-at-once',
	enforce: 'pre',
	transform(code, id) {
		if (!id.endsWith('generated/client-optimized/app.js')) return undefined;
		const later = comeLater.map((route) => {
			const node = code.split(`"${route}": [`)[1]?.match(/^\d+/)?.[0];
			if (!node) throw new Error(`there is no page at ${route}`);
			return node;
		});
		const imports: string[] = [];
		const pages = rewritten(id, code, /\(\) => import\(('\.\/nodes\/(\d+)')\)/g, (whole, path, n) => {
			if (later.includes(n)) return whole;
			imports.push(`import * as node${n} from ${path};`);
			return `async () => node${n}`;
		});
		return imports.join('\n') + pages;
	},
	// SvelteKit would put into the one script what is loaded later, too.
	options: (options) => ({ ...options, preserveEntrySignatures: 'allow-extension' }),
	outputOptions: (options) => ({ ...options, codeSplitting: true })
};

export default defineConfig({
	plugins: [quietAnnouncer, pagesAtOnce, sveltekit()],
	build: { assetsInlineLimit: 0, target: 'es2022' }, // the content security policy allows no data: addresses for fonts
	server: { proxy: { '/api': 'http://127.0.0.1:8090' } }
});
