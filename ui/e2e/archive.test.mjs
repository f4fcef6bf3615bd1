// A project's archive: the browser saves it, and its page opens from the disk, is accessible, and prints.

import assert from 'node:assert/strict';
import { mkdir, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { after, before, describe, test } from 'node:test';
import { pathToFileURL } from 'node:url';

import { open, press, showAs } from './browser.mjs';
import { openDemo } from './demo.mjs';
import { smallTargets, violations } from './examine.mjs';
import { unzip } from './unzip.mjs';

describe('a project to keep', { timeout: 600_000 }, () => {
	let studio, browser, mara, dir, stop;

	before(async () => {
		dir = await mkdtemp(join(tmpdir(), 'greenroom-archive-'));
		({ studio, browser, mara, stop } = await openDemo());
	});

	after(async () => {
		await stop?.();
		await rm(dir, { recursive: true, force: true });
	});

	test('is saved from its page, and reads and prints well without the portal', async () => {
		const page = await open(browser, studio, { kept: { greenroom: mara } });
		await page.goto('/projects');
		await page
			.getByRole('link', { name: /Slow Thaw/ })
			.first()
			.click();
		const saving = page.waitForEvent('download');
		await press(page, 'button', /^Download everything of “/);
		const download = await saving;
		assert.match(download.suggestedFilename(), /Slow Thaw.*\.zip$/);
		assert.deepEqual(page.complaints, []);
		assert.match(page.url(), /\/projects\/[a-z0-9]+$/);

		const entries = unzip(await readFile(await download.path()));
		for (const [name, content] of entries) {
			await mkdir(dirname(join(dir, name)), { recursive: true });
			await writeFile(join(dir, name), content);
		}
		assert.ok(JSON.parse(entries.get('project.json')).milestones.length > 0);

		await page.goto(pathToFileURL(join(dir, 'index.html')).href);
		assert.equal(await page.getByRole('heading', { level: 1 }).count(), 1);
		for (const look of [
			{ scheme: 'light', width: 1280, height: 900 },
			{ scheme: 'dark', width: 1280, height: 900 },
			{ scheme: 'light', width: 320, height: 640 }
		]) {
			await showAs(page, look);
			assert.deepEqual(await violations(page), []);
			assert.ok(
				(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)) <= 0,
				'it is wider than the window'
			);
			assert.deepEqual(await smallTargets(page, 'nav'), []);
		}
		const links = await page.getByRole('link').evaluateAll((links) => links.map((link) => link.getAttribute('href')));
		for (const href of links.filter((href) => /^(files|receipts)\//.test(href)))
			assert.ok(entries.has(decodeURIComponent(href)), href);
		assert.ok(links.some((href) => href.startsWith('files/')));

		await page.emulateMedia({ media: 'print' });
		assert.equal(await page.locator('nav, audio').first().isVisible(), false);
		assert.equal(
			await page.locator('body').evaluate((body) => getComputedStyle(body).backgroundColor),
			'rgb(255, 255, 255)'
		);
		assert.ok((await page.pdf()).length > 1000);
	});
});
