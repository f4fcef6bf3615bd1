// Free times for readers in other zones, on the nights when clocks change, and for one who travels.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import ts from 'typescript';

const source = await readFile(new URL('offer.ts', import.meta.url), 'utf8');
const { outputText } = ts.transpileModule(source, {
	compilerOptions: { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext }
});
const { clockOf, daysOf, spanOf } = await import('data:text/javascript,' + encodeURIComponent(outputText));

const studio = 'Europe/London';
const slot = (start, minutes = 30) => ({
	start,
	end: new Date(Date.parse(start) + minutes * 60_000).toISOString()
});
const offer = (...starts) => ({
	timezone: studio,
	duration: 30,
	days: [{ date: '', slots: starts.map((s) => slot(s)) }]
});
const listed = (reader, ...starts) =>
	daysOf(offer(...starts), { reader, studio }).map(({ name, times }) => [name, ...times.map(({ label }) => label)]);

test('in the zone of the studio, and in one with the same clock', () => {
	for (const reader of [studio, 'Europe/Lisbon'])
		assert.deepEqual(
			listed(reader, '2026-11-24T10:00:00.000Z', '2026-11-24T10:15:00.000Z', '2026-11-25T09:00:00.000Z'),
			[
				['Tuesday 24 November', '10:00', '10:15'],
				['Wednesday 25 November', '09:00']
			]
		);
});

test('in a zone with 45 minutes', () => {
	assert.deepEqual(listed('Asia/Kathmandu', '2026-11-24T10:00:00.000Z'), [
		['Tuesday 24 November', '15:45, 10:00 in London']
	]);
	assert.equal(
		spanOf({ reader: 'Asia/Kathmandu', studio }, slot('2026-11-24T10:00:00.000Z')),
		'Tuesday 24 November, 15:45 to 16:15 (Kathmandu), 10:00 to 10:30 in London'
	);
});

test('a city has the name that it has today', () => {
	assert.equal(
		clockOf({ reader: 'Asia/Katmandu', studio: 'Asia/Calcutta' }, new Date('2026-11-24T10:00:00.000Z')),
		'15:45, 15:30 in Kolkata'
	);
});

test('one afternoon of the studio is two days of a reader', () => {
	assert.deepEqual(listed('Pacific/Auckland', '2026-11-24T10:45:00.000Z', '2026-11-24T11:00:00.000Z'), [
		['Tuesday 24 November', '23:45, 10:45 in London'],
		['Wednesday 25 November', '00:00, Tuesday 11:00 in London']
	]);
	assert.equal(
		spanOf({ reader: 'Pacific/Auckland', studio }, slot('2026-11-24T11:00:00.000Z')),
		'Wednesday 25 November, 00:00 to 00:30 (Auckland), Tuesday 24 November, 11:00 to 11:30 in London'
	);
});

test('the hour that comes twice is told apart, and the one that is left out does not come', () => {
	const starts = ['2026-10-25T00:30:00.000Z', '2026-10-25T01:30:00.000Z', '2026-10-25T02:30:00.000Z'];
	assert.deepEqual(listed(studio, ...starts), [['Sunday 25 October', '01:30 BST', '01:30 GMT', '02:30']]);
	assert.deepEqual(listed(studio, '2027-03-28T00:45:00.000Z', '2027-03-28T01:00:00.000Z'), [
		['Sunday 28 March', '00:45', '02:00']
	]);
});

test('who travels reads the same moment by another clock', () => {
	const at = new Date('2026-11-24T10:00:00.000Z');
	const seen = ['Europe/London', 'America/St_Johns', 'Europe/London'].map((reader) => clockOf({ reader, studio }, at));
	assert.deepEqual(seen, ['10:00', '06:30, 10:00 in London', '10:00']);
});

test('a day without a free time is no day', () => {
	assert.deepEqual(
		daysOf({ timezone: studio, duration: 30, days: [{ date: '2026-11-24', slots: [] }] }, { reader: studio, studio }),
		[]
	);
});
