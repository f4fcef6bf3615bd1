// A deliverable and its versions, as the client sees them, by keyboard alone: which version a verdict is about, and
// which comment belongs to which.

import assert from 'node:assert/strict';
import { readFile } from 'node:fs/promises';
import { after, before, describe, test } from 'node:test';

import { focusIs, open, openThread, press, tabTo, walkThrough, write } from './browser.mjs';
import { openDemo } from './demo.mjs';
import { smallTargets, violations } from './examine.mjs';
import { deliver } from './sounds.mjs';

const mix = 'Mix: “Tidewater”';
const called = '“Mix: ‘Tidewater’”'; // in a sentence

describe('versions of a deliverable', { timeout: 600_000 }, () => {
	let studio, browser, mara, owner, james, stop;

	before(async () => {
		({ studio, browser, mara, owner, james, stop } = await openDemo());
	});

	after(() => stop?.());

	const find = (collection, filter) => james.collection(collection).getFirstListItem(filter);
	const theMix = () => find('deliverables', `title = '${mix}'`);

	const deliverNext = async (filename) => {
		const { id, project } = await theMix();
		const content = 'RIFF\x24\0\0\0WAVEfmt '.padEnd(64, '\0');
		const file = await deliver(studio, owner.token, { project, deliverable: id, filename, content });
		await james.collection('deliverables').update(id, { status: 'DELIVERED' });
		return file;
	};

	/**
	 * @param {(page: any, deliverable: any) => Promise<void>} walk
	 * @param {{ expected?: RegExp, [option: string]: any }} [options]
	 */
	const visit = async (walk, { expected, ...options } = {}) => {
		const { id, project } = await theMix();
		const page = await open(browser, studio, { kept: { greenroom: mara }, ...options });
		const walkItem = (page) => walk(page, page.locator(`#deliverable-${id}`));
		await walkThrough(page, walkItem, { path: `/projects/${project}`, expected });
	};
	const status = (page) => page.getByRole('status');

	test('a verdict on a version that has been replaced is not given, and the page shows the new one', () =>
		visit(
			async (page, item) => {
				await item.getByRole('heading', { name: 'Version 1, current' }).waitFor();
				await press(page, 'button', `Approve ${called}`);
				const dialog = page.getByRole('dialog', { name: `Approve version 1 of ${called}?` });
				await dialog.waitFor();
				await page.route('**/api/portal/projects/*', (route) => route.abort()); // so that the page does not learn of the new version
				const { id } = await deliverNext('Tidewater, mix 5.wav');
				await press(page, 'button', `Yes, approve ${called}`);
				await page.unroute('**/api/portal/projects/*');
				await item.getByRole('alert').getByText('A newer version has arrived. Look at it first.').waitFor();
				await item.getByRole('heading', { name: 'Version 2, current' }).waitFor();
				assert.equal((await theMix()).status, 'DELIVERED');

				await press(page, 'button', `Ask for changes to ${called}`);
				await write(page, `What should change in ${called}?`, 'The cymbals are too loud.');
				await press(page, 'button', /^Send to James/);
				await status(page).getByText(`James is told what should change in ${called}.`).waitFor();
				await focusIs(page, mix);
				await item.getByText('You asked for changes:').waitFor();
				const words = await find('comments', `deliverable = '${(await theMix()).id}' && kind = 'changes'`);
				assert.deepEqual([words.body, words.attachment], ['The cymbals are too loud.', id]);
			},
			{ expected: /409|ERR_FAILED/ }
		));

	test('an approval is about one file, and its receipt can be kept', async () => {
		const { id } = await deliverNext('Tidewater, mix 6.wav');
		await visit(async (page, item) => {
			await item.getByRole('heading', { name: 'Version 3, current' }).waitFor();
			await press(page, 'button', `Approve ${called}`);
			await press(page, 'button', `Yes, approve ${called}`);
			await status(page).getByText(`${called} is approved. James is told.`).waitFor();
			const words = await find('comments', `deliverable = '${(await theMix()).id}' && kind = 'approval'`);
			assert.equal(words.attachment, id);

			const download = page.waitForEvent('download');
			await press(page, 'button', `Save the receipt of ${called}`);
			const file = await download;
			assert.equal(file.suggestedFilename(), 'Receipt Mix “Tidewater”.txt');
			const receipt = await readFile(await file.path(), 'utf8');
			assert.match(
				receipt,
				/Changes asked for by Mara Lindqvist[^]*version 2, Tidewater, mix 5\.wav[^]*> The cymbals are too loud\.[^]*Approved by Mara Lindqvist[^]*version 3, Tidewater, mix 6\.wav/
			);
			await status(page).getByText(`The receipt of ${called} is in your downloads.`).waitFor();
		});
	});

	test('earlier versions stay to be heard, with the verdict on them, and each comment says which version it means', () =>
		visit(async (page, item) => {
			const earlier = item.locator('summary', { hasText: '2 earlier versions' }).filter({ hasText: `of ${called}` });
			await earlier.focus();
			await page.keyboard.press('Enter');
			await item.getByRole('heading', { name: 'Version 2', exact: true }).waitFor();
			await item.getByText(/^Mara Lindqvist asked for changes,/).waitFor();
			await press(page, 'button', 'Play “Tidewater, mix 4.wav”');
			await item.getByRole('group', { name: 'Player of “Tidewater, mix 4.wav”' }).waitFor();

			await openThread(page, mix.replaceAll('“', '‘').replaceAll('”', '’'));
			await item.getByText(/, changes asked for, version 2$/).waitFor();
			await item.getByText(/, approval, version 3$/).waitFor();
			assert.equal(
				await item.getByRole('button', { name: /^(Edit|Delete) your comment/ }).count(),
				0,
				'nobody changes the words of a verdict'
			);
			await write(page, `Your comment on ${called}`, 'Thank you for the quieter ending.');
			await page.keyboard.press('Control+Enter');
			await status(page).getByText('Your comment is sent.').waitFor();
			await item.getByText(/, on version 3$/).waitFor();
			await tabTo(page, 'button', /^Edit your comment “Thank you/, { back: true });
			assert.deepEqual(await violations(page), []);
			assert.deepEqual(await smallTargets(page), []);
		}));

	test('without a network, versions and conversation are read as they were, and words that cannot leave are kept', () =>
		visit(
			async (page, item) => {
				await page.getByRole('heading', { level: 1 }).waitFor();
				await page.evaluate(() => navigator.serviceWorker.ready);
				const { project } = await theMix();
				await page.waitForFunction(async (path) => {
					for (const name of await caches.keys())
						for (const { url } of await (await caches.open(name)).keys()) if (url.includes(path)) return true;
					return false;
				}, project);
				await page.context().setOffline(true);
				await page.reload();
				await page
					.locator('.banner')
					.getByText(/You are reading this page as it was on/)
					.waitFor();
				await item
					.getByRole('heading', { name: /^Version \d/ })
					.first()
					.waitFor();
				await openThread(page, 'Mix: ‘Tidewater’');
				await write(page, `Your comment on ${called}`, 'Words from a train');
				await page.keyboard.press('Control+Enter');
				await item.getByText(/^Your comment was not sent/).waitFor();
				await page.context().setOffline(false);
				await page.reload();
				await openThread(page, 'Mix: ‘Tidewater’');
				assert.equal(
					await page.getByRole('textbox', { name: `Your comment on ${called}` }).inputValue(),
					'Words from a train'
				);
			},
			{ offlineShell: true, expected: /Failed to load|ERR_INTERNET_DISCONNECTED/ }
		));
});
