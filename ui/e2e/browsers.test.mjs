// The portal in old browsers, and in browsers whose storage is forbidden or full.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { open } from './browser.mjs';
import { openDemo } from './demo.mjs';

const email = 'mara@example.com';

describe('other browsers', { timeout: 600_000 }, () => {
	let studio, browser, mara, stop;

	before(async () => {
		({ studio, browser, mara, stop } = await openDemo());
	});

	after(() => stop?.());

	const heading = (page, name) => page.getByRole('heading', { level: 1, name }).waitFor();

	async function askForCode(page, who) {
		await page.goto('/sign-in');
		await page.getByRole('textbox', { name: 'Email address' }).fill(who);
		await page.keyboard.press('Enter');
		await heading(page, 'Enter your code');
	}

	// Each removes something from the page before any script of ours runs.
	const storages = {
		'throws when it is named': () => {
			for (const name of ['localStorage', 'sessionStorage']) {
				Object.defineProperty(window, name, {
					get() {
						throw new DOMException('Forbidden', 'SecurityError');
					}
				});
			}
		},
		'is null': () => {
			for (const name of ['localStorage', 'sessionStorage']) Object.defineProperty(window, name, { value: null });
		},
		'is full': () => {
			Storage.prototype.setItem = () => {
				throw new DOMException('Full', 'QuotaExceededError');
			};
		}
	};
	const people = ['grace@example.com', 'tomas@dvorak-sound.example', 'mara@example.com'];

	for (const [i, [name, spoil]] of Object.entries(storages).entries()) {
		test(`storage that ${name}: one signs in for this visit`, async () => {
			const page = await open(browser, studio);
			await page.addInitScript(spoil);
			await askForCode(page, people[i]);
			await page.getByRole('textbox', { name: /Code from the email/ }).fill(await studio.codeFor(people[i]));
			await page.keyboard.press('Enter');
			await heading(page, /^Good /);
			await page.getByRole('link', { name: 'Goals', exact: true }).first().click();
			await heading(page, 'Goals');
			assert.deepEqual(page.complaints, []);
			await page.context().close();
		});
	}

	// Pastes a mail from the same device as it is, with its line breaks.
	const paste = (field, text) =>
		field.evaluate((element, text) => {
			const data = new DataTransfer();
			data.setData('text/plain', text);
			element.dispatchEvent(new ClipboardEvent('paste', { clipboardData: data, bubbles: true, cancelable: true }));
		}, text);

	test('a code is taken out of a whole mail, and the earlier of two works', async () => {
		const who = 'grace@example.com';
		const page = await open(browser, studio);
		let requests = 0; // codes are limited, so the studio answers only the first request, and the test the later one
		await page.route('**/api/collections/clients/request-otp', (route) =>
			++requests === 1 ? route.continue() : route.fulfill({ json: { otpId: 'aaaaaaaaaaaaaaa' } })
		);
		const tried = [];
		await page.route('**/api/collections/clients/auth-with-otp', (route) => {
			const body = route.request().postDataJSON();
			tried.push(body.otpId);
			if (body.otpId === 'aaaaaaaaaaaaaaa')
				return route.fulfill({ status: 400, json: { status: 400, message: 'No.', data: {} } });
			return route.fulfill({ json: { token: mara.token, record: mara.record } });
		});
		await askForCode(page, who);
		await page.getByText('The code does not come?').click();
		await page.getByRole('button', { name: 'Send a new code' }).click();
		await page.waitForFunction(() => document.activeElement?.id === 'code');
		await page.reload();
		const field = page.getByRole('textbox', { name: /Code from the email/ });
		await field.focus();
		await paste(field, 'Studio 54\n\n04172958\n10 minutes');
		assert.equal(await field.inputValue(), '04172958');
		await page.keyboard.press('Enter');
		await heading(page, /^Good /);
		assert.equal(tried.length, 2);
		assert.equal(tried[0], 'aaaaaaaaaaaaaaa');
		await page.context().close();
	});

	test('a browser as old as Safari 16.4 has all that every page and an upload need', async () => {
		const page = await open(browser, studio, { kept: { greenroom: mara } });
		await page.addInitScript(() => {
			/** @type {[any, ...string[]][]} */
			const newer = [
				[AbortSignal, 'any'],
				[Promise, 'withResolvers', 'try'],
				[Object, 'groupBy'],
				[Map, 'groupBy'],
				[Array, 'fromAsync'],
				[URL, 'canParse', 'parse'],
				[
					Set.prototype,
					'union',
					'intersection',
					'difference',
					'symmetricDifference',
					'isSubsetOf',
					'isSupersetOf',
					'isDisjointFrom'
				],
				[Uint8Array, 'fromBase64', 'fromHex'],
				[HTMLElement.prototype, 'showPopover', 'hidePopover', 'togglePopover', 'popover'],
				[String.prototype, 'isWellFormed', 'toWellFormed'],
				[ArrayBuffer.prototype, 'transfer']
			];
			for (const [owner, ...names] of newer) for (const name of names) delete owner[name];
			const iterator = Object.getPrototypeOf(Object.getPrototypeOf([][Symbol.iterator]()));
			for (const name of [
				'map',
				'filter',
				'take',
				'drop',
				'flatMap',
				'reduce',
				'toArray',
				'forEach',
				'some',
				'every',
				'find'
			])
				delete iterator[name];
			delete window.Iterator;
		});
		for (const [path, title] of [
			['/', /^Good /],
			['/projects', 'Projects'],
			['/sessions', /./],
			['/invoices', /./],
			['/bookings', /./],
			['/goals', 'Goals'],
			['/settings', 'Settings']
		]) {
			await page.goto(path);
			await heading(page, title);
		}
		await page.goto('/projects');
		await page.getByRole('link', { name: /Slow Thaw/ }).click();
		await heading(page, /Slow Thaw/);
		const chooser = page.waitForEvent('filechooser');
		await page.getByRole('button', { name: 'Choose files for James' }).first().click();
		await (
			await chooser
		).setFiles({ name: 'From an older phone.txt', mimeType: 'text/plain', buffer: Buffer.from('Hello.') });
		await page.getByRole('status').getByText('“From an older phone.txt” is with James.').waitFor();
		assert.deepEqual(page.complaints, []);
		await page.context().close();
	});
});
