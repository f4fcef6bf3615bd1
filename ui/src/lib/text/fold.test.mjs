// A long text is folded after the paragraph or the sentence that fills a screen.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import ts from 'typescript';

const { outputText } = ts.transpileModule(await readFile(new URL('fold.ts', import.meta.url), 'utf8'), {
	compilerOptions: { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext }
});
const { foldText } = await import('data:text/javascript,' + encodeURIComponent(outputText));

const words = (characters) => 'word '.repeat(characters / 5).trim();

/** @type {[string, string, number][]} */
const cases = [
	['a short text stays whole', words(1000), 0],
	['a text a little longer than a screen stays whole', `${words(1500)}\n\n${words(300)}`, 0],
	['the end of a paragraph comes before the end of a line', `${words(1500)}\n${words(100)}\n\n${words(800)}`, 799],
	['the end of a line comes before the end of a sentence', `${words(1500)}. ${words(100)}\n${words(800)}`, 799],
	['the end of a sentence where there is one paragraph', `${words(1500)}. ${words(800)}`, 799],
	['a text without an end stays whole', words(6000), 0]
];

for (const [name, text, rest] of cases)
	test(name, () => {
		const folded = foldText(text);
		assert.equal(folded.rest.length, rest);
		const whole = [folded.start, folded.rest].join(' ').trim();
		assert.equal(whole.replaceAll(/\s+/g, ' '), text.replaceAll(/\s+/g, ' '), 'no word is lost');
	});
