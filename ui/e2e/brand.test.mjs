// The studio's own logo, colour and pages, and printing.

import assert from 'node:assert/strict';
import { mkdtemp, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { after, before, describe, test } from 'node:test';

import { open } from './browser.mjs';
import { openDemo } from './demo.mjs';
import { smallTargets, violations } from './examine.mjs';

describe('a studio of its own', { timeout: 600_000 }, () => {
	let studio, browser, mara, dir, stop;

	before(async () => {
		dir = await mkdtemp(join(tmpdir(), 'greenroom-brand-'));
		const logo = join(dir, 'logo.svg');
		await writeFile(
			logo,
			'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 8 8"><circle cx="4" cy="4" r="4"/></svg>'
		);
		const env = {
			GREENROOM_LOGO: logo,
			GREENROOM_ACCENT: '#5b21b6',
			GREENROOM_PRIVACY_URL: 'https://example.com/privacy',
			GREENROOM_TERMS_URL: 'https://example.com/terms'
		};
		({ studio, browser, mara, stop } = await openDemo({ env }));
	});

	after(async () => {
		await stop?.();
		await rm(dir, { recursive: true, force: true });
	});

	test('shows its mark, its colour, and its pages', async () => {
		for (const [scheme, accent] of [
			['light', 'rgb(91, 33, 182)'],
			['dark', undefined]
		]) {
			const page = await open(browser, studio, { kept: { greenroom: mara }, scheme });
			await page.goto('/projects');
			const mark = page.locator('.brand img');
			assert.ok(await mark.evaluate((image) => image.decode().then(() => image.naturalWidth > 0)));
			for (const name of ['Privacy', 'Terms']) {
				const link = page.getByRole('contentinfo').getByRole('link', { name });
				assert.equal(await link.getAttribute('href'), `https://example.com/${name.toLowerCase()}`);
			}
			const colour = await page
				.locator('nav [aria-current]')
				.evaluate((link) => getComputedStyle(link).borderBottomColor);
			if (accent) assert.equal(colour, accent);
			assert.deepEqual(await violations(page), []);
			assert.deepEqual(await smallTargets(page), []);
			assert.deepEqual(page.complaints, []);
			await page.context().close();
		}
		const guest = await open(browser, studio);
		await guest.goto('/sign-in');
		await guest.getByRole('link', { name: 'Privacy' }).waitFor();
		assert.deepEqual(await violations(guest), []);
	});

	test('prints black on white, without what is pressed', async () => {
		const page = await open(browser, studio, { kept: { greenroom: mara }, scheme: 'dark' });
		await page.goto('/projects');
		await page
			.getByRole('link', { name: /Slow Thaw/ })
			.first()
			.click();
		await page.getByRole('heading', { level: 2, name: 'Sessions' }).waitFor();
		await page.emulateMedia({ media: 'print', colorScheme: 'dark' });
		const colours = await page.locator('body').evaluate((body) => {
			const { color, backgroundColor } = getComputedStyle(body);
			return [color, backgroundColor];
		});
		assert.deepEqual(colours, ['rgb(0, 0, 0)', 'rgb(255, 255, 255)']);
		assert.equal(await page.locator('button, nav, textarea').filter({ visible: true }).count(), 0);
		assert.ok((await page.pdf({ format: 'A4' })).length > 1000);
	});
});
