// Files that wait for a payment, as the client meets them, and invoices at every width.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { launch, open, signIn, signInOwner } from './browser.mjs';
import { smallTargets, violations } from './examine.mjs';
import { startStripe } from './stripe.mjs';
import { openStudio } from './studio-kit.mjs';
import { demoOwner, startStudio } from './studio.mjs';

const mix = 'Mix: “Tidewater”';

describe('money', { timeout: 240_000 }, () => {
	let stripe, studio, browser, mara, owner;

	before(async () => {
		stripe = await startStripe();
		studio = await startStudio({ demo: true, env: stripe.env });
		[browser, mara, owner] = await Promise.all([
			launch(),
			signIn(studio, 'mara@example.com'),
			signInOwner(studio, demoOwner)
		]);
	});

	after(async () => {
		await browser?.close();
		await studio?.stop();
		stripe?.stop();
	});

	const asOwner = async (method, path, body) => {
		const answer = await fetch(`${studio.url}/api/collections/${path}`, {
			method,
			headers: { Authorization: owner.token, 'Content-Type': 'application/json' },
			body: body && JSON.stringify(body)
		});
		assert.ok(answer.ok, `${path}: ${answer.status} ${await answer.clone().text()}`);
		return answer.json();
	};

	test('a deliverable opens when its invoice is paid', async () => {
		const filter = encodeURIComponent(`title = '${mix}'`);
		const { id, project } = (await asOwner('GET', `deliverables/records?filter=${filter}`)).items[0];
		await asOwner('PATCH', `deliverables/records/${id}`, { invoice: 'INV-0042' });

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
		await page.reload(); // the page asks, and finds it paid
		await item
			.getByRole('button', { name: /^Download/ })
			.first()
			.waitFor();
		assert.equal(await item.getByText('The files open when').count(), 0);
		assert.deepEqual(page.complaints, []);
		await page.context().close();
	});

	test('the owner names the payment and opens the files by hand', async () => {
		const filter = encodeURIComponent(`title = '${mix}'`);
		const { id, project } = (await asOwner('GET', `deliverables/records?filter=${filter}`)).items[0];
		await asOwner('PATCH', `deliverables/records/${id}`, { invoice: '' });
		stripe.change('in_3', { status: 'open', amount_remaining: 64_000 }); // another: what was paid stays open

		const page = await openStudio(browser, studio, owner, `projects/${project}`);
		const item = page.locator(`#deliverable-${id}`);
		await item.getByRole('button', { name: 'More for “Mix: ‘Tidewater’”' }).click();
		await item.getByRole('button', { name: 'Which payment the files of “Mix: ‘Tidewater’” wait for' }).click();
		await item
			.getByRole('combobox', { name: /^Invoice/ })
			.selectOption({ label: 'INV-0038, Mixing, first half, £640.00, to pay' });
		await item.getByRole('button', { name: 'Save the payment' }).click();
		await item.getByText('The files open when INV-0038 is paid.').waitFor();
		page.on('dialog', (dialog) => dialog.accept());
		await item.getByRole('button', { name: 'Open the files of “Mix: ‘Tidewater’” now, without the payment' }).click();
		await item.getByText('The files open when').waitFor({ state: 'detached' });
		assert.equal((await asOwner('GET', `deliverables/records/${id}`)).locked, false);
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
});
