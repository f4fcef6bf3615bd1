// From a project's sessions to an invoice that the client sees, in the Studio by keyboard alone, with a Stripe that
// accepts the draft, and one that does not.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { focusIs, open, press, tabTo, walkThrough, write } from './browser.mjs';
import { openDemo } from './demo.mjs';
import { examine, examineInAll, openStudio } from './studio-kit.mjs';

const start = 'Bill the sessions';
const sum = (numbers) => numbers.reduce((all, n) => all + n, 0);
const pounds = (n) => new Intl.NumberFormat('en-GB', { style: 'currency', currency: 'GBP' }).format(n);
const make = 'Make the draft at Stripe';

describe('billing from the Studio', { timeout: 600_000 }, () => {
	let stripe, studio, browser, mara, owner, james, album, stop;

	before(async () => {
		({ stripe, studio, browser, mara, owner, james, album, stop } = await openDemo({ money: true }));
	});

	after(() => stop?.());

	/**
	 * @param {string} name
	 * @param {(page: any, billing: import('playwright-core').Locator) => Promise<void>} walk
	 */
	const bill = (name, walk) =>
		test(name, async () => {
			const page = await openStudio(browser, studio, owner, `projects/${album.id}/billing`);
			await focusIs(page, 'Billing');
			await walkThrough(page, () => walk(page, page.getByRole('region', { name: 'Billing' })));
		});
	const lines = (billing) => billing.getByRole('listitem').allTextContents();
	const isFocused = (locator) => locator.evaluate((element) => element === document.activeElement);
	const sessions = (filter) =>
		james.collection('sessions').getFullList({ filter: `project = '${album.id}' && ${filter}`, sort: 'date' });

	// The browser logs every answer that is a refusal as an error.
	const forgive = (page, status) => {
		page.complaints = page.complaints.filter((complaint) => !status.test(complaint));
	};

	bill('what would be on the invoice is read first, and the draft is made of just that', async (page, billing) => {
		const held = await sessions("invoice = '' && durationMin > 0 && date <= @now");
		assert.ok(held.length > 1);
		await press(page, 'button', start);
		const rate = billing.getByRole('textbox', { name: /^An hour costs/ });
		assert.equal(await isFocused(rate), true, 'the first field is next');
		await page.keyboard.press('Enter');
		await focusIs(page, /Say what an hour costs, or give a fixed amount with what it is for\./);
		forgive(page, /400/);
		await examineInAll(page);

		await write(page, /^An hour costs/, '60');
		await page.keyboard.press('Enter');
		await focusIs(page, 'This would be on the invoice');
		const [all, ...each] = await lines(billing);
		const minutes = held.map(({ durationMin }) => durationMin); // at one pound a minute
		assert.equal(all, `An invoice for Mara Lindqvist would have ${held.length} lines, ${pounds(sum(minutes))} in all.`);
		for (const [i, { title, durationMin }] of held.entries()) {
			assert.ok(each[i].includes(`, ${title}, `) && each[i].endsWith(`: ${pounds(durationMin)}`), each[i]);
		}
		assert.deepEqual(stripe.drafts, [], 'it was only asked for');
		await examineInAll(page);

		await press(page, 'button', 'Change it');
		assert.equal(await isFocused(rate), true, 'the form again');
		assert.equal(await rate.inputValue(), '60');
		await tabTo(page, 'combobox', /^Minutes/);
		await page.keyboard.type('Rounded');
		await write(page, /^Fixed amounts/, 'Mixing, third part=640');
		await page.keyboard.press('Control+Enter');
		await focusIs(page, 'This would be on the invoice');
		assert.equal((await lines(billing)).at(-1), 'Mixing, third part: £640.00');
		const read = (await lines(billing)).slice(1);

		await press(page, 'button', make);
		await focusIs(page, 'The draft is made');
		await page.locator('.studio').getByRole('status').getByText('The draft is made').waitFor();
		const [made, ...more] = await lines(billing);
		const total = sum(minutes.map((n) => Math.ceil(n / 15) * 15)) + 640;
		const count = held.length + 1;
		assert.equal(made, `A draft invoice for Mara Lindqvist was made, with ${count} lines, ${pounds(total)} in all.`);
		assert.deepEqual(more, read, 'what was read is what was made');
		const [draft, ...others] = stripe.drafts;
		assert.deepEqual([draft.total, draft.lines.data.length, others.length], [total * 100, count, 0]);
		const finalise = billing.getByRole('link', { name: 'Read and finalise it at Stripe' });
		assert.equal(await finalise.getAttribute('href'), `https://dashboard.stripe.com/test/invoices/${draft.id}`);
		await billing.getByText('Nothing is sent yet.').waitFor();
		assert.equal((await sessions(`invoice = '${draft.id}'`)).length, held.length);
		await page
			.getByRole('region', { name: 'Sessions' })
			.getByText('On an invoice')
			.nth(held.length - 1)
			.waitFor();
		await focusIs(page, 'The draft is made', 'the page is read anew around it');
		await examineInAll(page);

		await press(page, 'button', 'Done');
		await focusIs(page, start);
	});

	bill('a draft that is not made leads back to where it was begun', async (page, billing) => {
		const drafts = stripe.drafts.length;
		const fixed = /^Fixed amounts/;
		await press(page, 'button', start);
		await press(page, 'button', `Cancel: ${start}`);
		await focusIs(page, start);

		await page.keyboard.press('Enter');
		await write(page, fixed, 'A hundred sleeves=80');
		await page.keyboard.press('Control+Enter');
		await focusIs(page, 'This would be on the invoice');
		await press(page, 'button', 'Change it');
		await page.keyboard.press('Escape');
		await focusIs(page, start);

		await page.keyboard.press('Enter');
		await write(page, fixed, 'A hundred labels=40');
		page.once('dialog', (dialog) => dialog.dismiss());
		await page.keyboard.press('Escape');
		const field = billing.getByRole('textbox', { name: fixed });
		assert.equal(await isFocused(field), true, 'what was written is not given up unasked');
		await page.reload();
		assert.equal(await field.inputValue(), 'A hundred labels=40', 'the form is open again');
		await focusIs(page, 'Billing', 'and takes the focus from nobody');
		await tabTo(page, 'textbox', fixed);
		page.once('dialog', (dialog) => dialog.accept());
		await page.keyboard.press('Escape');
		await focusIs(page, start);
		assert.equal(stripe.drafts.length, drafts);
	});

	bill(
		'where Stripe fails halfway, that is said, nothing is half made, and another try makes it',
		async (page, billing) => {
			const before = stripe.drafts.length;
			await press(page, 'button', start);
			await write(page, /^Fixed amounts/, 'Stems, extra copy=95');
			await page.keyboard.press('Control+Enter');
			await focusIs(page, 'This would be on the invoice');
			stripe.failWhere((asked) => asked === 'POST /v1/invoiceitems');
			await press(page, 'button', make);
			await billing.getByRole('alert').getByText('No draft was made. Stripe cannot be reached just now.').waitFor();
			assert.equal(await isFocused(billing.getByRole('button', { name: make })), true, 'the button is still there');
			assert.equal(stripe.drafts.length, before, 'the half is deleted');
			forgive(page, /503/);
			await examine(page);

			stripe.failWhere(() => false);
			await press(page, 'button', make);
			await focusIs(page, 'The draft is made');
			assert.deepEqual([stripe.drafts.length, stripe.drafts[0].total], [before + 1, 9_500]);
		}
	);

	test('what is finalised at Stripe is the client’s to pay, and a draft is not', async () => {
		const draft = (fixed) =>
			james.send('/api/studio/invoices', { method: 'POST', body: { project: album.id, fixed: [fixed] } });
		const { invoice } = await draft('Mastering=212');
		await draft('Stems, twice=97');
		stripe.finalise(invoice);
		await walkThrough(
			await open(browser, studio, { kept: { greenroom: mara } }),
			async (page) => {
				const table = page.getByRole('table');
				await table.getByRole('rowheader', { name: /^INV-1\d+$/ }).waitFor();
				await table.getByRole('row').filter({ hasText: '£212.00' }).getByText('To pay').waitFor();
				assert.equal(await table.getByText('£97.00').count(), 0);
			},
			{ path: '/invoices' }
		);
	});
});
