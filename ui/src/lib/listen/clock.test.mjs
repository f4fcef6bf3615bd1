// Moments of a recording, as they are shown and as people type them.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import ts from 'typescript';

const { outputText } = ts.transpileModule(await readFile(new URL('clock.ts', import.meta.url), 'utf8'), {
	compilerOptions: { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext }
});
const { clock, parseClock } = await import(`data:text/javascript,${encodeURIComponent(outputText)}`);

test('a moment is said in minutes and seconds', () => {
	for (const [ms, said] of [
		[0, '0:00'],
		[999, '0:00'],
		[72_000, '1:12'],
		[72_999, '1:12'],
		[600_000, '10:00'],
		[3_723_000, '1:02:03'],
		[7_200_000, '2:00:00']
	]) {
		assert.equal(clock(ms), said);
	}
});

test('a moment is understood as people write it', () => {
	for (const [text, ms] of [
		['1:12', 72_000],
		[' 1:12.5 ', 72_500],
		['1:12,25', 72_250],
		['72', 72_000],
		['1:02:03', 3_723_000],
		['0:00', 0],
		['90:00', 5_400_000]
	]) {
		assert.equal(parseClock(text), ms);
	}
	for (const text of ['', 'now', '1:72', '1:', ':12', '-1', '1:2:3:4', '1.5:10', '1e3'])
		assert.equal(parseClock(text), undefined, text);
});
