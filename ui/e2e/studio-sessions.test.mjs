// A project's sessions and conversations in the Studio, by keyboard alone: a session made of a meeting, notes that save
// themselves, and comments as James writes and reads them.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { focusIs, press, tabTo, write } from './browser.mjs';
import { openDemo, sdkAs } from './demo.mjs';
import { inOneDashboard, openStudio } from './studio-kit.mjs';

describe('sessions and conversations in the Studio', { timeout: 600_000 }, () => {
	let studio, browser, mara, owner, james, album, stop;

	before(async () => {
		({ studio, browser, mara, owner, james, album, stop } = await openDemo());
	});

	after(() => stop?.());

	const list = (collection, filter, sort = '') => james.collection(collection).getFullList({ filter, sort });
	const find = (collection, filter) => james.collection(collection).getFirstListItem(filter);
	const inAlbum = (collection, title) => find(collection, `project = '${album.id}' && title = '${title}'`);

	const heard = (page) => page.locator('.studio').getByRole('status');
	const isFocused = (locator) => locator.evaluate((element) => element === document.activeElement);

	/**
	 * A test with the album open in the Studio, at one of its parts. It fails on any error or warning of the browser.
	 *
	 * @param {string} name
	 * @param {(page: import('playwright-core').Page & { complaints: string[] }) => Promise<void>} walk
	 * @param {{ path?: string, part?: string, expected?: RegExp }} [options]
	 */
	const day = (name, walk, { path, part = '', expected } = {}) =>
		test(name, () => visit(path ?? `projects/${album.id}${part && '/' + part}`, walk, { expected }));
	const visit = inOneDashboard(() => openStudio(browser, studio, owner));

	day('answers a comment as James, changes the answer and takes it away', async (page) => {
		await page.getByText('Mix 5 made me cry').waitFor(); // new since the owner's last comment, so its thread is open
		const answer = 'Your comment on “Mix review: side A”';
		await write(page, answer, 'By Wednesday, please.');
		await page.keyboard.press('Control+Enter');
		await page.keyboard.press('Control+Enter'); // pressed twice, it sends one comment
		await heard(page).getByText('Your comment is sent.').waitFor();
		const [comment, ...more] = await list('comments', "body = 'By Wednesday, please.'");
		assert.deepEqual([comment.isJames, comment.authorName, more.length], [true, 'James', 0]);

		await press(page, 'button', 'Edit your comment “By Wednesday, please.”', { back: true });
		await write(page, 'Your comment, changed', 'By Thursday.');
		await page.reload();
		await page.getByRole('heading', { level: 1 }).waitFor();
		assert.equal(
			await (await tabTo(page, 'textbox', 'Your comment, changed')).inputValue(),
			'By Thursday.',
			'what is being changed outlives a reload'
		);
		await page.keyboard.press('Control+Enter');
		await heard(page).getByText('Your comment is changed.').waitFor();
		page.once('dialog', (dialog) => dialog.accept());
		await press(page, 'button', 'Delete your comment “By Thursday.”');
		await heard(page).getByText('Your comment is deleted.').waitFor();
		await focusIs(page, /comments ?on “Mix review: side A”/);
		assert.deepEqual(await list('comments', `id = '${comment.id}'`), []);
	});

	day('reads what a client wrote and took back, marked', async (page) => {
		const milestone = await inAlbum('milestones', 'Mixes of side B');
		const comments = sdkAs(studio, mara).collection('comments');
		const { id } = await comments.create({ milestone: milestone.id, body: 'Is it late?' });
		await heard(page)
			.getByText(/Mara Lindqvist/)
			.waitFor(); // live, and announced
		await page.getByRole('article').filter({ hasText: 'Is it late?' }).waitFor(); // the thread opens by itself
		await comments.delete(id);
		const trace = page
			.getByRole('article')
			.filter({ hasText: 'Mara Lindqvist deleted this comment. It said:' })
			.filter({ hasText: 'Is it late?' });
		await trace.waitFor();
		assert.equal(await trace.getByRole('button').count(), 0, 'there is nothing to do about it');
	});

	day(
		'makes a session of a meeting, and writes its notes',
		async (page) => {
			const start = Date.now() - 2 * 3600_000;
			const meeting = {
				client: album.client,
				calendarEventId: 'order-of-side-b',
				title: 'The order of side B',
				startTime: new Date(start),
				endTime: new Date(start + 50 * 60_000),
				meetUrl: ''
			};
			await james.collection('bookings').create(meeting);
			await page.reload();
			await press(page, 'button', 'Add a session');
			const from = await tabTo(page, 'combobox', /^From a meeting/);
			await page.keyboard.type('The order');
			assert.match(await from.evaluate((select) => select.selectedOptions[0].label), /^The order of side B, /);
			assert.equal(await page.getByRole('textbox', { name: 'Title' }).inputValue(), 'The order of side B');
			assert.equal(await page.getByRole('textbox', { name: /^Minutes/ }).inputValue(), '50');
			await page.keyboard.press('Control+Enter');
			await heard(page).getByText('“The order of side B” is added.').waitFor();

			const notes = page.getByRole('textbox', { name: 'Notes of “The order of side B”' });
			await notes.waitFor();
			assert.equal(await isFocused(notes), true, 'the notes are next');
			await page.keyboard.insertText('“Lantern” opens the side.');
			await page.getByText('Not saved yet.').waitFor();
			await heard(page)
				.getByText(/^Saved \d\d:\d\d\.$/)
				.waitFor();
			const session = await inAlbum('sessions', 'The order of side B');
			assert.deepEqual(
				[session.notes, session.durationMin, session.calendarEventId, session.date],
				['“Lantern” opens the side.', 50, 'order-of-side-b', new Date(start).toISOString().replace('T', ' ')]
			);
			assert.equal(await isFocused(notes), true, 'saving takes nobody away');

			await press(page, 'button', 'Add a session', { back: true });
			assert.equal(await page.getByRole('option', { name: /^The order of side B/ }).count(), 0, 'it has its notes');
		},
		{ part: 'sessions' }
	);

	day(
		'finds the session of a meeting begun, coming from the briefing',
		async (page) => {
			const start = Date.now() - 5 * 3600_000;
			const { id } = await james.collection('bookings').create({
				client: album.client,
				calendarEventId: 'sleeve',
				title: 'The sleeve',
				startTime: new Date(start),
				endTime: new Date(start + 30 * 60_000)
			});
			await page.goto(`/_/#/studio/projects/${album.id}/meeting-${id}`);
			await page.waitForFunction(() =>
				/** @type {HTMLSelectElement} */ (document.activeElement).selectedOptions?.[0].label.startsWith('The sleeve, ')
			);
			assert.equal(await page.getByRole('textbox', { name: /^Minutes/ }).inputValue(), '30');
			await page.keyboard.press('Control+Enter');
			await page.getByRole('textbox', { name: 'Notes of “The sleeve”' }).waitFor();
			assert.equal((await inAlbum('sessions', 'The sleeve')).calendarEventId, 'sleeve');
		},
		{ path: '' }
	);

	day(
		'loses no notes: not to a failed save, a reload or another writer',
		async (page) => {
			const session = await inAlbum('sessions', 'Kick-off call');
			const name = 'Notes of “Kick-off call”';
			const notes = () => page.getByRole('textbox', { name });
			await page.route('**/api/collections/sessions/records/*', (route) => route.abort());
			await write(page, name, 'Three records and one kitchen.');
			await page.getByText('The notes are not saved yet; your words are kept here.').waitFor();
			await page.unroute('**/api/collections/sessions/records/*');
			await james.collection('sessions').update(session.id, { notes: 'Written elsewhere.' });
			await page.reload();
			await page
				.getByRole('group', { name: /^These notes were changed elsewhere/ })
				.getByText('Written elsewhere.')
				.waitFor();
			assert.equal(await notes().inputValue(), 'Three records and one kitchen.');
			assert.equal((await inAlbum('sessions', 'Kick-off call')).notes, 'Written elsewhere.', 'not overwritten unasked');
			await press(page, 'button', 'Keep both, theirs below');
			await heard(page)
				.getByText(/Saved \d\d:\d\d\./)
				.waitFor();
			assert.equal(
				(await inAlbum('sessions', 'Kick-off call')).notes,
				'Three records and one kitchen.\n\nWritten elsewhere.'
			);
			assert.equal(await isFocused(notes()), true);
		},
		{ expected: /Failed to load resource: net::ERR_FAILED/ }
	);

	day(
		'stays in the notes of an older meeting when the page is read anew',
		async (page) => {
			await press(page, 'button', 'Add a session');
			await write(page, 'Title', 'A call of long ago');
			await page.getByLabel('Date', { exact: true }).fill('2020-02-03');
			await tabTo(page, 'textbox', 'Title', { back: true });
			const readAnew = page.waitForResponse(/\/api\/studio\/projects\//);
			await page.keyboard.press('Control+Enter');
			const notes = page.getByRole('textbox', { name: 'Notes of “A call of long ago”' });
			await notes.waitFor();
			await readAnew;
			await james.collection('sessions').create({
				project: album.id,
				title: 'A newer one',
				date: new Date().toISOString()
			});
			await page.getByRole('heading', { name: 'A newer one' }).waitFor();
			assert.equal(await isFocused(notes), true);
			const titles = page.getByRole('region', { name: 'Sessions' }).getByRole('heading', { level: 3 });
			assert.equal(await titles.last().textContent(), 'A call of long ago', 'the newest is first');

			const { id } = await inAlbum('sessions', 'A call of long ago');
			await page.keyboard.insertText('It was cold.');
			await james.collection('sessions').update(id, { date: new Date(Date.now() + 24 * 3600_000).toISOString() });
			await titles.first().filter({ hasText: 'A call of long ago' }).waitFor();
			await page.keyboard.insertText(' Then it was warm.');
			assert.equal(await notes.inputValue(), 'It was cold. Then it was warm.', 'it moved, and the focus with it');
		},
		{ part: 'sessions' }
	);
});
