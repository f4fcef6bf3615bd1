// The next thing: the one item that is shown larger than the others.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { test } from 'node:test';
import ts from 'typescript';

const { outputText } = ts.transpileModule(await readFile(new URL('next_thing.ts', import.meta.url), 'utf8'), {
	compilerOptions: { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext }
});
const { isStillThere, nextThing } = await import('data:text/javascript,' + encodeURIComponent(outputText));

const now = new Date('2026-11-28T10:00:00Z');
const daysUntil = (date) => Math.round((Date.parse(date) - Date.parse('2026-11-28')) / 86_400_000);
const meeting = (startTime) => ({ id: 'meeting', startTime });
const item = (id, dueDate, completedAt = '') => ({ id, dueDate, completedAt });
/** @param {{ nextBooking?: object | null, actionItems?: object[], deliverables?: object[], comments?: object[] }} parts */
const page = ({ nextBooking = null, actionItems = [], deliverables = [], comments = [] }) => ({
	nextBooking,
	waiting: { actionItems, deliverables, comments }
});
const deliverables = [{ id: 'mix' }];
const comments = [{ id: 'question' }];

/** @type {[string, Parameters<typeof page>[0], string | undefined][]} */
const cases = [
	['nothing waits', {}, undefined],
	[
		'a meeting of today before a late item',
		{ nextBooking: meeting('2026-11-29T09:59:00Z'), actionItems: [item('late', '2026-11-20')] },
		'meeting meeting'
	],
	[
		'a late item before a meeting of tomorrow evening',
		{ nextBooking: meeting('2026-11-29T18:00:00Z'), actionItems: [item('late', '2026-11-20')] },
		'action late'
	],
	['an item due in two days before an approval', { deliverables, actionItems: [item('a', '2026-11-30')] }, 'action a'],
	[
		'an approval before an item due in three',
		{ deliverables, actionItems: [item('a', '2026-12-01')] },
		'deliverable mix'
	],
	['an approval before an answer', { deliverables, comments }, 'deliverable mix'],
	['an answer before an item without a date', { comments, actionItems: [item('a', '')] }, 'comment question'],
	[
		'a ticked item is not the next one',
		{ actionItems: [item('ticked', '2026-11-20', '2026-11-28T09:00:00Z'), item('open', '')] },
		'action open'
	],
	['a later meeting where nothing waits', { nextBooking: meeting('2026-12-20T10:00:00Z') }, 'meeting meeting']
];

for (const [name, given, expected] of cases)
	test(name, () => {
		const found = nextThing(page(given), now, daysUntil);
		assert.equal(found && `${found.kind} ${found.id}`, expected);
	});

test('what was chosen stays while it is on the page, also when it is ticked', () => {
	const ticked = page({ actionItems: [item('a', '', '2026-11-28T09:00:00Z')], deliverables });
	assert.equal(isStillThere({ kind: 'action', id: 'a' }, ticked), true);
	assert.equal(isStillThere({ kind: 'deliverable', id: 'mix' }, ticked), true);
	assert.equal(isStillThere({ kind: 'deliverable', id: 'a' }, ticked), false);
	assert.equal(isStillThere({ kind: 'meeting', id: 'meeting' }, ticked), false);
	assert.equal(isStillThere(undefined, ticked), false);
});
