// Files that are locked by an invoice, as the client sees them, and the page of invoices at every width.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { focusIs, open, signIn } from './browser.mjs';
import { openDemo } from './demo.mjs';
import { smallTargets, violations } from './examine.mjs';
import { openStudio } from './studio-kit.mjs';

const mix = 'Mix: “Tidewater”';

describe('money', { timeout: 600_000 }, () => {
	let stripe, studio, browser, mara, owner, james, stop;

	before(async () => {
		({ stripe, studio, browser, mara, owner, james, stop } = await openDemo({ money: true }));
	});

	after(() => stop?.());

	const deliverables = () => james.collection('deliverables');
	const theMix = () => deliverables().getFirstListItem(`title = '${mix}'`);

	test('a deliverable opens when its invoice is paid', async () => {
		const { id, project } = await theMix();
		await deliverables().update(id, { invoice: 'INV-0042' });

		const page = await open(browser, studio, { kept: { greenroom: mara } });
		await page.goto(`/projects/${project}`);
		const item = page.locator(`#deliverable-${id}`);
		await item.getByText('The files open when INV-0042 is paid.').waitFor();
		const pay = item.getByRole('link', { name: 'Pay INV-0042' });
		assert.equal(await pay.getAttribute('href'), 'https://invoice.stripe.com/i/in_4');
		await item.getByText('Not open yet').first().waitFor();
		assert.equal(await item.getByRole('button', { name: /^(Play|Download)/ }).count(), 0);
		assert.deepEqual(await violations(page), []);
		assert.deepEqual(await smallTargets(page), []);

		stripe.change('in_4', { status: 'paid', amount_paid: 64_000, amount_remaining: 0 });
		await page.reload(); // the page asks, and the invoice is paid
		await item
			.getByRole('button', { name: /^Download/ })
			.first()
			.waitFor();
		assert.equal(await item.getByText('The files open when').count(), 0);
		assert.deepEqual(page.complaints, []);
		await page.context().close();
	});

	test('the owner names the payment and opens the files by hand', async () => {
		const { id, project } = await theMix();
		await deliverables().update(id, { invoice: '' });
		stripe.change('in_3', { status: 'open', amount_remaining: 64_000 }); // open again: files that were unlocked stay so

		const page = await openStudio(browser, studio, owner, `projects/${project}`);
		const item = page.locator(`#deliverable-${id}`);
		await item.getByRole('button', { name: 'More for “Mix: ‘Tidewater’”' }).click();
		const payment = item.getByRole('button', { name: 'Which payment the files of “Mix: ‘Tidewater’” wait for' });
		const invoice = item.getByRole('combobox', { name: /^Invoice/ });
		const label = 'INV-0038, Mixing, first half, £640.00, to pay';
		page.on('dialog', (dialog) => dialog.accept());
		await payment.press('Enter');
		await invoice.selectOption({ label });
		await invoice.press('Escape');
		await invoice.waitFor({ state: 'detached' });
		await focusIs(page, 'Payment', 'the focus is back at what opened the form');
		await page.keyboard.press('Enter');
		await invoice.selectOption({ label });
		await invoice.press('Control+Enter');
		await item.getByText('The files open when INV-0038 is paid.').waitFor();
		await focusIs(page, 'Payment', 'the focus is back at what opened the form');
		await item
			.getByRole('button', { name: 'Open the files of “Mix: ‘Tidewater’” now, without the payment' })
			.press('Enter');
		await item.getByText('The files open when').waitFor({ state: 'detached' });
		await focusIs(page, 'Payment', 'the button that was pressed is gone');
		assert.equal((await theMix()).locked, false);
		await page.context().close();
	});

	test('invoices are a table from 768 px on, and a list with the same words below', async () => {
		const words = async (width) => {
			const page = await open(browser, studio, { kept: { greenroom: mara }, width });
			await page.goto('/invoices');
			await page.getByRole('heading', { name: 'Invoices', exact: true }).waitFor();
			const isTable = (await page.getByRole('table').count()) > 0;
			const text = await page.getByRole('main').innerText();
			const overflow = await page.evaluate(() => document.documentElement.scrollWidth > innerWidth);
			await page.context().close();
			assert.equal(overflow, false, `${width} px wide, something sticks out`);
			return { isTable, text };
		};
		const [wide, narrow] = [await words(768), await words(767)];
		assert.equal(wide.isTable, true);
		assert.equal(narrow.isTable, false);
		for (const said of ['INV-0042', 'Mixing, second half', 'To pay', '£640.00', 'Cancelled'])
			assert.ok(wide.text.includes(said) && narrow.text.includes(said), said);
	});

	// A client may owe a deposit before there is a project, or something long after their last one.
	const bills = {
		'a deposit to pay': {
			invoices: [
				{
					id: 'in_deposit',
					number: 'INV-0050',
					status: 'open',
					currency: 'gbp',
					total: 25_000,
					amount_due: 25_000,
					amount_remaining: 25_000,
					description: 'Deposit',
					hosted_invoice_url: 'https://invoice.stripe.com/i/in_deposit'
				}
			],
			sums: '£250.00 to pay',
			row: 'INV-0050'
		},
		'a deposit that is paid': {
			invoices: [
				{
					id: 'in_settled',
					number: 'INV-0051',
					status: 'paid',
					currency: 'gbp',
					total: 25_000,
					amount_due: 25_000,
					amount_remaining: 0
				}
			],
			sums: 'All paid',
			row: 'INV-0051'
		},
		'a payment without an invoice': {
			charges: [{ id: 'ch_alone', currency: 'gbp', amount: 4_500, description: 'Deposit by card' }],
			sums: 'All paid',
			row: 'Payment,'
		}
	};

	for (const [i, [name, { sums, row, ...billed }]] of Object.entries(bills).entries()) {
		test(`a client with ${name} and no project sees the money`, async () => {
			const email = `new-${i}@example.com`;
			stripe.add(`cus_new${i}`, billed);
			await james.collection('clients').create({ name: 'Noor', email, stripeCustomerId: `cus_new${i}` });
			const page = await open(browser, studio, { kept: { greenroom: await signIn(studio, email) } });
			await page.goto('/');
			const money = page.getByRole('region', { name: 'Money' });
			await money.getByText(sums, { exact: true }).waitFor();
			assert.equal(await money.getByRole('listitem').filter({ hasText: row }).count(), 1);
			await money.getByRole('link', { name: 'See your invoices' }).click();
			await page.getByRole('heading', { level: 1, name: 'Invoices' }).waitFor();
			if (i === 0)
				assert.equal(
					await page.getByRole('link', { name: 'Pay INV-0050, £250.00' }).getAttribute('href'),
					'https://invoice.stripe.com/i/in_deposit'
				);
			await page.goBack();
			await money.getByText(sums, { exact: true }).waitFor();
			assert.deepEqual(await violations(page), []);
			assert.deepEqual(page.complaints, []);
			await page.context().close();
		});
	}

	test('a client without anything billed and no project is told nothing of money', async () => {
		stripe.add('cus_nothing', {});
		await james.collection('clients').create({
			name: 'Noor',
			email: 'new@example.com',
			stripeCustomerId: 'cus_nothing'
		});
		const page = await open(browser, studio, { kept: { greenroom: await signIn(studio, 'new@example.com') } });
		const asked = page.waitForResponse((response) => response.url().includes('/api/portal/invoices'));
		await page.goto('/');
		await (await asked).finished();
		await page.getByText('James will set things up for you shortly.').waitFor();
		assert.equal(await page.getByRole('region', { name: 'Money' }).count(), 0);
		await page.context().close();
	});

	test('payments of the same moment and sum are all listed', async () => {
		const created = Math.floor(Date.now() / 1000) - 3600;
		const twin = {
			invoice: null,
			currency: 'gbp',
			amount: 1_200,
			description: 'Extra stems',
			receipt_number: null,
			created
		};
		const bill = {
			number: null,
			status: 'paid',
			currency: 'gbp',
			total: 1_200,
			amount_due: 1_200,
			amount_remaining: 0,
			created
		};
		stripe.add('cus_twins', {
			charges: ['ch_a', 'ch_b', 'ch_c'].map((id) => ({ ...twin, id })),
			invoices: ['in_a', 'in_b'].map((id) => ({ ...bill, id }))
		});
		await james.collection('clients').create({
			name: 'Noor',
			email: 'twins@example.com',
			stripeCustomerId: 'cus_twins'
		});
		const kept = await signIn(studio, 'twins@example.com');
		for (const width of [1280, 320]) {
			const page = await open(browser, studio, { kept: { greenroom: kept }, width });
			await page.goto('/');
			const money = page.getByRole('region', { name: 'Money' });
			await money.getByText('All paid', { exact: true }).waitFor();
			assert.equal(await money.getByRole('listitem').count(), 3);
			await page.goto('/invoices');
			await page.getByText('£12.00').first().waitFor();
			assert.equal(await page.getByText('£12.00', { exact: true }).count(), 5);
			assert.deepEqual(page.complaints, []);
			await page.context().close();
		}
	});
});
