// What `make check` reports in sources that need a newer browser than Safari 16.4, and what it accepts.

import assert from 'node:assert/strict';
import { readFileSync } from 'node:fs';
import { test } from 'node:test';

import { sources, tooNew } from '../floor.mjs';

const count = (name, source) => tooNew(name, source).length;

test('what came after Safari 16.4 is found, with its place', () => {
	assert.deepEqual(tooNew('src/a.ts', 'const a = 1;\nconst both = AbortSignal.any([a, b]);'), [
		'src/a.ts:2: AbortSignal.any needs Safari 17.4'
	]);
	for (const line of [
		'Object.groupBy(items, by)',
		'const { promise } = Promise.withResolvers();',
		'if (URL.canParse(text)) go();',
		'const names = map.keys().filter(isNew);',
		'seen.union(others)',
		"document.querySelector(':popover-open')",
		"localStorage.getItem('a')",
		'document.startViewTransition(draw)'
	])
		assert.equal(count('src/a.ts', line), 1, line);
	for (const line of [
		'	color: light-dark(#000, #fff);',
		'@starting-style {',
		'	text-wrap: pretty;',
		'	& > a {',
		'input:user-invalid {'
	])
		assert.equal(count('src/a.css', line), 1, line);
	assert.equal(
		count('src/A.svelte', '<p>light-dark(a, b)</p>\n<style>\n\tp {\n\t\tcolor: light-dark(a, b);\n\t}\n</style>'),
		1
	);
});

test('what is as old, what is excused and what is only spoken of are left alone', () => {
	for (const source of [
		'[...map.keys()].filter(isNew)',
		'Object.entries(values).map(one)',
		'new URL(text)',
		'// AbortSignal.any would do',
		'/* URL.parse\nURL.parse */',
		'const a = AbortSignal.any ?? ours; // newer: with another way beside it',
		'// newer: asked for first\nif (Promise.try) go();'
	])
		assert.equal(count('src/a.ts', source), 0, source);
	assert.equal(count('src/a.css', '	text-wrap: balance; /* newer: shorter elsewhere */'), 0);
});

test('every source of the portal and of the Studio is looked at', () => {
	const all = [...sources()];
	for (const one of [
		'src/style/base.css',
		'src/app.html',
		'src/service-worker.ts',
		'studio/stock/columns.ts',
		'studio/register.js'
	])
		assert.ok(all.includes(one), one);
	assert.deepEqual(
		all.flatMap((path) => tooNew(path, readFileSync(new URL(`../${path}`, import.meta.url), 'utf8'))),
		[]
	);
});
