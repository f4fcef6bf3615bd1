// Times in words, for a studio in London and a reader in Helsinki.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import ts from 'typescript';

process.env.TZ = 'Europe/Helsinki';

const stubs = `
const studio = { timeZone: 'Europe/London' };
const words = { fromTo: (from, until) => from + ' to ' + until, fromDayTo: (from, until) => 'from ' + from + ' to ' + until, yourTime: (time) => ', ' + time + ' your time' };
`;
const source = (await readFile(new URL('times.ts', import.meta.url), 'utf8')).replaceAll(/^import .*$/gm, '');
const { outputText } = ts.transpileModule(stubs + source, {
	compilerOptions: { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext }
});
const { moment, span } = await import('data:text/javascript,' + encodeURIComponent(outputText));

test('a moment is on the day that it is in the studio', () => {
	assert.equal(moment('2031-06-10T00:00:00.000Z'), 'Tuesday 10 June 2031, 01:00 (London), 03:00 your time');
	assert.equal(moment('2031-06-10T23:30:00.000Z'), 'Wednesday 11 June 2031, 00:30 (London), 02:30 your time');
});

for (const [name, start, end, expected] of [
	[
		'on one day',
		'2031-01-14T14:00:00.000Z',
		'2031-01-14T15:30:00.000Z',
		'Tuesday 14 January 2031, 14:00 to 15:30 (London), 16:00 your time'
	],
	[
		'from midnight in winter, which is no date without a time',
		'2031-01-14T00:00:00.000Z',
		'2031-01-14T01:00:00.000Z',
		'Tuesday 14 January 2031, 00:00 to 01:00 (London), 02:00 your time'
	],
	[
		'over midnight',
		'2031-06-10T21:00:00.000Z',
		'2031-06-11T00:30:00.000Z',
		'Tuesday 10 June 2031, 22:00 to Wednesday 11 June 2031, 01:30 (London), Wednesday 00:00 your time'
	],
	['a whole day', '2031-06-09T23:00:00.000Z', '2031-06-10T23:00:00.000Z', 'Tuesday 10 June 2031'],
	[
		'several days',
		'2031-01-14T00:00:00.000Z',
		'2031-01-17T00:00:00.000Z',
		'from Tuesday 14 January 2031 to Thursday 16 January 2031'
	]
]) {
	test(`a meeting ${name}`, () => assert.equal(span(start, end), expected));
}
