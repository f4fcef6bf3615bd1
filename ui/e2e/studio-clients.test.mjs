// The owner's work on clients in the Studio, by keyboard alone: a client from the first address to the erasure, what the
// page asks for again, and a flood of comments.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { focusIs, press, tabTo, write } from './browser.mjs';
import { openDemo, sdkAs } from './demo.mjs';
import { examineInAll, inOneDashboard, openStudio } from './studio-kit.mjs';

describe('clients in the Studio', { timeout: 600_000 }, () => {
	let studio, browser, mara, owner, james, stop;

	before(async () => {
		({ studio, browser, mara, owner, james, stop } = await openDemo());
	});

	after(() => stop?.());

	const visit = inOneDashboard(() => openStudio(browser, studio, owner, '', { singleKeys: true }));
	const day = (name, walk) => test(name, () => visit('', walk));
	const heading = (page, name, level = 1) => page.getByRole('heading', { level, name }).waitFor();
	const said = (page, sentence) => page.getByRole('status').filter({ hasText: sentence }).waitFor();
	const found = (collection, filter) => james.collection(collection).getFullList({ filter });

	day('a client is added, archived, restored and erased', async (page) => {
		await page.keyboard.press('n');
		await page.getByRole('dialog').getByRole('link', { name: 'New client' }).waitFor();
		await page.keyboard.press('ArrowDown');
		await page.keyboard.press('ArrowDown');
		await focusIs(page, 'New client');
		await page.keyboard.press('Enter');
		await heading(page, 'New client');
		await write(page, 'Name', 'Nils Östergård');
		await write(page, 'Email address', 'nils@example.com');
		await page.keyboard.press('Control+Enter');
		await heading(page, 'Nils Östergård');
		await focusIs(page, 'Nils Östergård');
		await page.getByText('Nils Östergård has not joined the portal yet').waitFor();

		await press(page, 'button', 'Invite Nils Östergård by email');
		await said(page, 'The invitation is on its way to nils@example.com.');
		await page.getByText(/^Invited last on/).waitFor();

		await press(page, 'button', 'Edit the details', { back: true });
		assert.equal(
			await page.evaluate(() => /** @type {HTMLInputElement} */ (document.activeElement).value),
			'Nils Östergård',
			'the first field'
		);
		await write(page, 'Company (optional)', 'Östergård AB');
		await page.reload();
		assert.equal(
			await page.getByRole('textbox', { name: 'Company (optional)' }).inputValue(),
			'Östergård AB',
			'the form is open again'
		);
		await page.getByRole('textbox', { name: 'Company (optional)' }).press('Control+Enter');
		await page.getByRole('definition').filter({ hasText: 'Östergård AB' }).waitFor();

		await press(page, 'button', 'Archive Nils Östergård');
		await said(page, 'Nils Östergård is archived.');
		await page.getByRole('button', { name: 'Restore Nils Östergård' }).waitFor();
		await focusIs(page, 'Restore Nils Östergård');
		await page.keyboard.press('c');
		const clients = page.getByRole('table', { name: 'Clients', exact: true });
		await clients.getByRole('rowheader', { name: 'Mara Lindqvist' }).waitFor();
		assert.equal(await clients.getByRole('rowheader', { name: 'Nils Östergård' }).count(), 0);
		await tabTo(page, 'checkbox', 'Show archived clients too');
		await page.keyboard.press('Space');
		await press(page, 'link', 'Nils Östergård');
		await heading(page, 'Nils Östergård');

		await press(page, 'button', 'Restore Nils Östergård');
		await said(page, 'Nils Östergård is restored.');

		await press(page, 'button', 'Erase Nils Östergård…');
		await page.keyboard.type('Nils');
		await page.keyboard.press('Enter');
		await page
			.getByRole('alert')
			.filter({ hasText: 'The name is not the same. Write exactly: Nils Östergård' })
			.waitFor();
		await write(page, /^To confirm/, 'Nils Östergård');
		await page.keyboard.press('Enter');
		await said(page, 'Nils Östergård is erased.');
		await focusIs(page, 'Clients');
		assert.equal(await clients.getByRole('rowheader', { name: 'Nils Östergård' }).count(), 0);
	});

	day('what one needs for a form or a part of a page is asked for again', async (page) => {
		for (const { path, route, level, name } of [
			{ path: `clients/${mara.record.id}`, route: '**/api/portal/people?*', level: 2, name: 'People' },
			{ path: 'projects/new', route: '**/api/studio/templates', level: 1, name: 'New project' }
		]) {
			await page.route(route, (route) => route.abort());
			await page.goto(`/_/#/studio/${path}`);
			await heading(page, name, level);
			await page.getByText('There is no connection just now.').first().waitFor();
			await page.unroute(route);
			await press(page, 'button', /^Try again/);
			await page.getByRole('button', { name: 'Try again' }).waitFor({ state: 'detached' });
			await focusIs(page, name);
		}
		page.complaints = page.complaints.filter((complaint) => !/ERR_FAILED/.test(complaint));
	});

	test('comments of a time are removed at once', async () => {
		// Shortly after midnight the demo's comments of yesterday evening are within the last hour too.
		await james.send('/api/studio/comments/remove', {
			method: 'POST',
			body: { author: mara.record.id, from: new Date(Date.now() - 2 * 3600_000).toISOString() }
		});
		const goal = (await found('goals', `client = '${mara.record.id}'`))[0];
		for (const n of [1, 2, 3]) {
			await sdkAs(studio, mara)
				.collection('comments')
				.create({ goal: goal.id, body: `flood ${n}` });
		}
		await visit(`clients/${mara.record.id}`, async (page) => {
			await press(page, 'button', 'Remove comments of Mara Lindqvist…');
			await examineInAll(page);
			await press(page, 'button', 'Keep them');
			await press(page, 'button', 'Remove comments of Mara Lindqvist…');
			await press(page, 'button', 'Remove the comments');
			await page.getByRole('status').getByText('3 comments of Mara Lindqvist are removed.').waitFor();
		});
		assert.equal((await found('comments', "body ~ 'flood'")).length, 0);
		assert.ok((await found('comments', `client = '${mara.record.id}'`)).length > 0, 'earlier ones stay');
	});
});
