import { sveltekit } from '@sveltejs/kit/vite';
import { defineConfig, type Plugin } from 'vite';

import { rewritten } from './rewritten.ts';

// SvelteKit hides its announcement of a page's title by a style attribute, which the content security policy forbids;
// this plugin hides it by a class.
const quietAnnouncer: Plugin = {
	name: 'quiet-announcer',
	enforce: 'pre',
	transform: (code, id) =>
		id.endsWith('generated/root.svelte') ? rewritten(id, code, / style="[^"]*"/, () => ' class="vh"') : undefined
};

// Pages that few visits need and that are large. Each becomes a script of its own, which is loaded on demand.
const comeLater = [
	'/(portal)/bookings/new',
	'/(portal)/projects/[id]/listen/[deliverable]',
	'/(portal)/search',
	'/(portal)/settings'
];

// All other pages are in one script. They are imported statically, so that unused exports are dropped.
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
	// SvelteKit would put the modules that load on demand into the one script, too.
	options: (options) => ({ ...options, preserveEntrySignatures: 'allow-extension' }),
	outputOptions: (options) => ({ ...options, codeSplitting: true })
};

export default defineConfig({
	plugins: [quietAnnouncer, pagesAtOnce, sveltekit()],
	build: { assetsInlineLimit: 0, target: 'es2022' }, // the content security policy allows no data: addresses for fonts
	server: { proxy: { '/api': 'http://127.0.0.1:8090' } }
});
