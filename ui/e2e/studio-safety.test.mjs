// The owner's work when something is wrong: a flood of comments, a client banned at Clerk, a password that may be
// known.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { press, walkThrough } from './browser.mjs';
import { openDemo, sdkAs } from './demo.mjs';
import { examineInAll, openStudio } from './studio-kit.mjs';

describe('the Studio, when something is wrong', { timeout: 600_000 }, () => {
	let studio, browser, mara, owner, james, stop;

	before(async () => {
		({ studio, browser, mara, owner, james, stop } = await openDemo());
	});

	after(() => stop?.());

	const visit = async (path, walk) => walkThrough(await openStudio(browser, studio, owner, path), walk);

	const found = (collection, filter) => james.collection(collection).getFullList({ filter });

	test('comments of a time are removed at once', async () => {
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

	test('the second factor is switched in one step', async () => {
		const isOn = async () => (await james.collections.getOne('_superusers')).mfa.enabled;
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
