// What the owner does when something is wrong: comments that flood a project, a client who is banned, a password that may be known.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { launch, press, showAs, signIn, signInOwner } from './browser.mjs';
import { ask, examine, looks, openStudio } from './studio-kit.mjs';
import { demoOwner, startStudio } from './studio.mjs';

describe('the Studio, when something is wrong', { timeout: 240_000 }, () => {
	let studio, browser, mara, owner;

	before(async () => {
		studio = await startStudio({ demo: true });
		[browser, mara, owner] = await Promise.all([
			launch(),
			signIn(studio, 'mara@example.com'),
			signInOwner(studio, demoOwner)
		]);
	});

	after(async () => {
		await browser?.close();
		await studio?.stop();
	});

	const visit = async (path, walk) => {
		const page = await openStudio(browser, studio, owner, path);
		try {
			await walk(page);
		} finally {
			await page.context().close();
		}
	};

	const found = (collection, filter) =>
		ask(studio, owner, `/api/collections/${collection}/records?filter=${encodeURIComponent(filter)}`);

	test('comments of a time are removed at once', async () => {
		const goal = (await found('goals', `client = '${mara.record.id}'`)).items[0];
		for (const n of [1, 2, 3]) {
			await ask(studio, { token: mara.token }, '/api/collections/comments/records', {
				method: 'POST',
				body: { goal: goal.id, body: `flood ${n}` }
			});
		}
		await visit(`clients/${mara.record.id}`, async (page) => {
			await press(page, 'button', 'Remove comments of Mara Lindqvist…');
			for (const look of looks) {
				await showAs(page, look);
				await examine(page, look.name);
			}
			await press(page, 'button', 'Keep them');
			await press(page, 'button', 'Remove comments of Mara Lindqvist…');
			await press(page, 'button', 'Remove the comments');
			await page.getByRole('status').getByText('3 comments of Mara Lindqvist are removed.').waitFor();
		});
		assert.equal((await found('comments', "body ~ 'flood'")).totalItems, 0);
		assert.ok((await found('comments', `client = '${mara.record.id}'`)).totalItems > 0, 'earlier ones stay');
	});

	test('the second factor is switched in one step', async () => {
		const isOn = async () => (await ask(studio, owner, '/api/collections/_superusers')).mfa.enabled;
		await visit('', async (page) => {
			await press(page, 'button', 'Ask for a code by mail too');
			await page.getByRole('status').getByText('The dashboard asks for a code by mail beside the password.').waitFor();
			assert.equal(await isOn(), true);
			await page.reload();
			await press(page, 'button', 'Ask for the password alone');
			await page.getByRole('status').getByText('The dashboard opens with the password alone.').waitFor();
			assert.equal(await isOn(), false);
		});
	});
});
