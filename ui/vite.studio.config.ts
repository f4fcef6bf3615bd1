// The Studio's bundle: an extension of PocketBase's dashboard, which runs in its document. The components of src/lib
// get the owner's modules from studio/face, as they get a client's from src/face. The dashboard's styles are kept out
// of the Studio, and the Studio's out of the dashboard.

import { readFileSync } from 'node:fs';
import { join } from 'node:path';

import { svelte } from '@sveltejs/vite-plugin-svelte';
import type { Plugin as PostcssPlugin } from 'postcss';
import { defineConfig, type Plugin } from 'vite';

import { rewritten } from './rewritten.ts';

const here = (path: string) => join(import.meta.dirname, path);
const address = '/_/extensions/studio/';

// The dashboard runs one main.js, whose name never changes. It is register.js, which loads the files that are named by
// their content.
const mainScript: Plugin = {
	name: 'main-script',
	generateBundle(_, bundle) {
		const entry = Object.values(bundle).find((part) => part.type === 'chunk' && part.isEntry);
		if (entry?.type !== 'chunk') throw new Error('the bundle has no entry');
		const script = rewritten(
			'studio/register.js',
			readFileSync(here('studio/register.js'), 'utf8'),
			"'./main.ts'",
			() => `'${address}${entry.fileName}'`
		);
		const styles = [...(entry.viteMetadata?.importedCss ?? [])].map(
			(file) =>
				`document.head.append(Object.assign(document.createElement('link'), { rel: 'stylesheet', href: '${address}${file}' }));\n`
		);
		this.emitFile({ type: 'asset', fileName: 'main.js', source: styles.join('') + script });
	}
};

const rem = 15 / 14; // the dashboard's root is 14 px; the Studio is set a little denser than the portal's 16
const dark = "[data-color-scheme='dark'] ";

// Limits styles to .studio, in the dashboard's current colour scheme. The corrections of the dashboard itself are
// exempt.
const scoped: PostcssPlugin = {
	postcssPlugin: 'scoped',
	Once(root, { AtRule }) {
		if (root.source?.input.file?.includes('/studio/stock/')) return;
		root.walkAtRules('media', (media) => {
			if (!media.params.includes('(prefers-color-scheme: dark)')) return;
			const rest = media.params.replace(/\(prefers-color-scheme: dark\)( and )?/, '').replace(/ and $/, '');
			media.walkRules((rule) => void (rule.selectors = rule.selectors.map((selector) => dark + within(selector))));
			if (rest) media.replaceWith(new AtRule({ name: 'media', params: rest, nodes: media.nodes }));
			else media.replaceWith(media.nodes!);
		});
		root.walkRules((rule) => {
			const { parent } = rule;
			if (parent?.type === 'atrule' && 'name' in parent && String(parent.name).endsWith('keyframes')) return;
			if (!rule.selector.startsWith(dark)) rule.selectors = rule.selectors.map(within);
		});
		root.walkDecls(
			(declaration) =>
				void (declaration.value = declaration.value.replace(
					/(?<![\w.#-])(\d*\.?\d+)rem\b/g,
					(_, n) => `${Number((n * rem).toFixed(4))}rem`
				))
		);
	}
};

function within(selector: string): string {
	if (selector.startsWith('.studio')) return selector;
	if (/^(:root|html|body)$/.test(selector)) return '.studio';
	return `.studio ${selector.replace(/^(:root|html|body)\b/, '')}`;
}

export default defineConfig({
	base: address,
	publicDir: false,
	plugins: [svelte({ configFile: false }), mainScript],
	resolve: { alias: { $lib: here('src/lib'), $face: here('studio/face') } },
	css: { postcss: { plugins: [scoped] } },
	build: {
		outDir: process.env.STUDIO_OUT ?? 'studio/build',
		emptyOutDir: true,
		assetsInlineLimit: 0, // the content security policy allows no data: addresses for fonts
		modulePreload: false,
		target: 'es2022',
		rolldownOptions: { input: here('studio/main.ts'), preserveEntrySignatures: 'strict' }
	}
});
