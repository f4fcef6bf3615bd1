// Several people of one client: the client invites, limits and removes them in the portal, and the owner in the Studio,
// by keyboard alone; and the portal as one of them sees it.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { becomesLive, focusIs, open, openThread, press, signIn, tabTo, walkThrough, write } from './browser.mjs';
import { openDemo } from './demo.mjs';
import { smallTargets, violations } from './examine.mjs';
import { openStudio, looks } from './studio-kit.mjs';

describe('people of a client', { timeout: 600_000 }, () => {
	let studio, browser, mara, owner, bea, stop;

	before(async () => {
		({ studio, browser, mara, owner, stop } = await openDemo({ money: true }));
	});

	after(() => stop?.());

	/**
	 * @param {object} kept
	 * @param {string} path
	 * @param {(page: any) => Promise<void>} walk
	 * @param {{ expected?: RegExp }} [options]
	 */
	const visit = async (kept, path, walk, { expected } = {}) =>
		walkThrough(await open(browser, studio, { kept }), walk, { path, expected });
	const status = (page) => page.getByRole('status');
	const people = async () => {
		const answer = await fetch(`${studio.url}/api/portal/people`, { headers: { Authorization: mara.token } });
		return (await answer.json()).items.map(({ name, email, access }) => `${name} ${email} ${access}`);
	};
	const examine = async (page, part = 'body') => {
		assert.deepEqual(await violations(page), []);
		assert.deepEqual(await smallTargets(page, part), []);
	};

	test('the client invites somebody, who sees no money unless it is said', () =>
		visit(
			{ greenroom: mara },
			'/settings',
			async (page) => {
				const region = page.getByRole('region', { name: 'People' });
				await region.getByText(/^Nobody else has access\./).waitFor();
				await press(page, 'button', 'Send the invitation');
				await region.getByText('Enter their email address, such as').waitFor();
				await write(page, 'Their email address', 'mara@example.com');
				await page.keyboard.press('Enter');
				await region.getByText(/^Nobody is invited yet\. .*own address/).waitFor();
				await write(page, 'Their email address', 'bea@example.com');
				await write(page, 'Their name (optional)', 'Bea Moss');
				await press(page, 'button', 'Send the invitation');
				await status(page).getByText('Bea Moss is invited. A mail with the way in goes to bea@example.com.').waitFor();
				await region
					.getByText('bea@example.com · sees everything but invoices and payments · has not signed in yet')
					.waitFor();
				assert.deepEqual(await people(), ['Bea Moss bea@example.com work']);

				await press(page, 'button', 'Change the name of “Bea Moss”, and what they see');
				await tabTo(page, 'textbox', 'Their name (optional)');
				await examine(page);
				await press(page, 'button', /^Cancel ?changing “Bea Moss”/);
				await focusIs(page, 'Change');
			},
			{ expected: /400/ }
		));

	test('who is invited signs in, sees no money, and writes in their own name', async () => {
		bea = await signIn(studio, 'bea@example.com');
		await visit({ greenroom: bea }, '/', async (page) => {
			await page.getByRole('heading', { name: /^Good (morning|afternoon|evening), Bea$/ }).waitFor();
			await page.getByRole('heading', { name: 'Projects' }).waitFor();
			assert.equal(await page.getByRole('link', { name: 'Invoices' }).count(), 0);
			assert.equal(await page.getByRole('heading', { name: 'Money' }).count(), 0);
			await page.getByRole('link', { name: 'Bea, settings' }).click();
			await page.getByRole('heading', { level: 1, name: 'Settings' }).waitFor();
			assert.equal(await page.getByRole('region', { name: 'People' }).count(), 0);

			await page.getByRole('link', { name: 'Projects', exact: true }).click();
			await page.getByRole('link', { name: /Slow Thaw/ }).click();
			await page.getByRole('heading', { level: 1, name: /Slow Thaw/ }).waitFor();
			await openThread(page, 'Mixes of side B');
			assert.equal(
				await page.getByRole('button', { name: /^Edit your comment/ }).count(),
				0,
				'what Mara wrote is not Bea’s to change'
			);
			await write(page, 'Your comment on “Mixes of side B”', 'The drums are mine.');
			await page.keyboard.press('Control+Enter');
			await status(page).getByText('Your comment is sent.').waitFor();
			await tabTo(page, 'button', 'Edit your comment “The drums are mine.”', { back: true });
			await page.getByRole('article', { name: /^Bea Moss/ }).waitFor();
		});
		await visit({ greenroom: mara }, '/projects', async (page) => {
			await page.getByRole('link', { name: /Slow Thaw/ }).click();
			await openThread(page, 'Mixes of side B');
			await page.getByRole('article', { name: /^Bea Moss/ }).waitFor();
			assert.equal(await page.getByRole('button', { name: 'Edit your comment “The drums are mine.”' }).count(), 0);
		});
	});

	test('the client lets somebody see money, and removes them, which ends their sign-in at once', async () => {
		const theirs = await open(browser, studio, { kept: { greenroom: bea } });
		await Promise.all([theirs.goto('/'), becomesLive(theirs)]);
		await theirs.getByRole('heading', { name: /Bea$/ }).waitFor();
		await visit({ greenroom: mara }, '/settings', async (page) => {
			const region = page.getByRole('region', { name: 'People' });
			await region.getByText(/has signed in$/).waitFor();
			await press(page, 'button', 'Change the name of “Bea Moss”, and what they see');
			await write(page, 'Their name (optional)', 'Beatrice Moss');
			await tabTo(page, 'radio', 'Everything but invoices and payments');
			await page.keyboard.press('ArrowUp');
			await page.keyboard.press('Enter');
			await status(page).getByText('Saved: Beatrice Moss sees everything.').waitFor();
			assert.deepEqual(await people(), ['Beatrice Moss bea@example.com all']);
			await theirs.reload();
			await theirs.getByRole('link', { name: 'Invoices', exact: true }).waitFor();

			page.once('dialog', (dialog) => dialog.accept());
			await press(page, 'button', 'More for “Beatrice Moss”');
			await press(page, 'button', 'Remove “Beatrice Moss”');
			await status(page).getByText('Beatrice Moss has no access any more.').waitFor();
			await focusIs(page, 'People');
			await theirs.getByRole('heading', { level: 1, name: 'Sign in' }).waitFor();
			assert.deepEqual(await people(), []);
		});
		await theirs.context().close();
	});

	test('the owner invites and removes people of a client in the Studio, and is told whose an address is', async () => {
		const page = await openStudio(browser, studio, owner, `clients/${mara.record.id}`, looks[0]);
		try {
			const region = page.getByRole('region', { name: 'People' });
			await region.getByText(/^Nobody but the client signs in here\./).waitFor();
			await write(page, 'Their email address', 'grace@example.com');
			await page.keyboard.press('Enter');
			await region.getByText(/This is the address of Grace .* already \(a client\)\./).waitFor();
			await write(page, 'Their email address', 'jonas@example.com');
			await write(page, 'Their name (optional)', 'Jonas');
			await page.keyboard.press('Enter');
			const heard = page.locator('.studio').getByRole('status');
			await heard.getByText('Jonas is invited. A mail with the way in goes to jonas@example.com.').waitFor();
			await region.getByText(/^jonas@example\.com · /).waitFor();
			assert.deepEqual(await people(), ['Jonas jonas@example.com work']);
			await examine(page, '.studio');
			page.once('dialog', (dialog) => dialog.accept());
			await press(page, 'button', 'More for “Jonas”');
			await press(page, 'button', 'Remove “Jonas”');
			await heard.getByText('Jonas has no access any more.').waitFor();
			assert.deepEqual(await people(), []);
			assert.deepEqual(
				page.complaints.filter((complaint) => !/400/.test(complaint)),
				[]
			);
		} finally {
			await page.context().close();
		}
	});
});
