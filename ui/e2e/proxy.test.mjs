// While the server restarts, the proxy in front of it answers: the page shows what was last loaded, and recovers by
// itself.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { launch, open, openThread, signIn, write } from './browser.mjs';
import { away, startProxy } from './proxy.mjs';
import { startStudio } from './studio.mjs';

describe('behind a proxy', { timeout: 600_000 }, () => {
	let studio, proxy, browser, mara;

	before(async () => {
		studio = await startStudio({ demo: true });
		[proxy, browser, mara] = await Promise.all([startProxy(studio.url), launch(), signIn(studio, 'mara@example.com')]);
	});

	after(async () => {
		await browser?.close();
		proxy?.stop();
		await studio?.stop();
	});

	for (const [name, answer] of Object.entries(away)) {
		test(`${name}: the page as it was last seen, until the studio is back`, async () => {
			const page = await open(browser, { url: proxy.url }, { kept: { greenroom: mara }, offlineShell: true });
			const heading = (name) => page.getByRole('heading', { level: 1, name }).waitFor();
			await page.goto('/');
			await heading(/^Good /);
			await page.evaluate(async () => void (await navigator.serviceWorker.ready));
			await page.goto('/projects');
			await heading('Projects');
			await page.waitForFunction(async () => {
				const names = await caches.keys();
				const pages = names.find((name) => name.startsWith('greenroom-pages'));
				const kept = pages ? await (await caches.open(pages)).keys() : [];
				return navigator.serviceWorker.controller && kept.some(({ url }) => url.includes('/projects/'));
			});

			proxy.goAway(answer);
			const navigation = await page.goto('/projects');
			assert.equal(navigation.status(), 200); // from the service worker's cache, and not the proxy's page
			await heading('Projects');
			const said = (sentence) => page.getByRole('status').filter({ hasText: sentence }).waitFor();
			const banner = page.locator('.banner').filter({ hasText: 'You are reading this page as it was' });
			await banner.waitFor();
			await said('You are reading this page as it was');
			await page.getByRole('link', { name: /Slow Thaw/ }).waitFor();

			proxy.comeBack();
			await banner.waitFor({ state: 'detached' });
			await said('The connection is back.');
			await page.getByRole('link', { name: /Slow Thaw/ }).waitFor();
			await page.context().close();
		});
	}

	test('what is written while it answers is kept, said, and sent once when the studio is back', async () => {
		const page = await open(browser, { url: proxy.url }, { kept: { greenroom: mara } });
		await page.goto('/projects');
		await page.getByRole('link', { name: /Slow Thaw/ }).click();
		await page.getByRole('heading', { level: 1, name: /Slow Thaw/ }).waitFor();
		await openThread(page, 'Mixes of side B');
		const sentences = {
			'nginx, nobody listens': 'The server could not answer just now. Nothing is lost; try again in a moment.',
			'Caddy, nobody listens': 'The server could not answer just now. Nothing is lost; try again in a moment.',
			'the nginx.conf and the Caddyfile that come with the studio': 'The studio does not answer at this moment.'
		};
		for (const [name, sentence] of Object.entries(sentences)) {
			const words = `Written while ${name} answered.`;
			await write(page, 'Your comment on “Mixes of side B”', words);
			proxy.goAway(away[name]);
			await page.keyboard.press('Control+Enter');
			const alert = page.getByRole('alert').filter({ hasText: 'Your comment was not sent; the words are kept here.' });
			await alert.filter({ hasText: sentence }).waitFor();
			const field = page.getByRole('textbox', { name: 'Your comment on “Mixes of side B”' });
			assert.equal(await field.inputValue(), words);
			proxy.comeBack();
			await field.focus();
			await page.keyboard.press('Control+Enter');
			await page.getByRole('article').filter({ hasText: words }).waitFor();
			assert.equal(await page.getByRole('article').filter({ hasText: words }).count(), 1);
			assert.equal(await field.inputValue(), '');
		}
		await page.context().close();
	});
});
