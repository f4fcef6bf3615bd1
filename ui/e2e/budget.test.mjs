// What a visit costs: bytes and requests, and how long a phone with a slow processor and a slow line waits for a
// project.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { launch, open, signIn } from './browser.mjs';
import { startStudio } from './studio.mjs';

const kilobyte = 1000;
const budget = { js: 75 * kilobyte, css: 15 * kilobyte, requests: 10 };
const phone = { slowdown: 4, latencyMs: 150, bytesPerSecond: 1.6e6 / 8 };
const interactiveMs = 1000;
const attempts = 10;

describe('a first visit', { timeout: 120_000 }, () => {
	let studio, browser, mara, album;

	before(async () => {
		studio = await startStudio({ demo: true });
		[browser, mara] = await Promise.all([launch(), signIn(studio, 'mara@example.com')]);
		const answer = await fetch(
			`${studio.url}/api/collections/projects/records?filter=${encodeURIComponent("title ~ 'Slow Thaw'")}`,
			{ headers: { Authorization: mara.token } }
		);
		album = (await answer.json()).items[0].id;
	});

	after(async () => {
		await browser?.close();
		await studio?.stop();
	});

	test('stays within its bytes and requests', async (t) => {
		const page = await open(browser, studio, { kept: { greenroom: mara } });
		const sizes = { js: 0, css: 0 };
		const requests = [];
		page.on('requestfinished', async (request) => {
			requests.push(new URL(request.url()).pathname);
		});
		await page.goto('/');
		await page.getByRole('heading', { level: 1, name: /Mara/ }).waitFor();
		for (const { name, size } of await page.evaluate(() =>
			performance.getEntriesByType('resource').map(({ name, encodedBodySize }) => ({ name, size: encodedBodySize }))
		)) {
			const kind = name.split('.').at(-1);
			if (kind in sizes) sizes[kind] += size;
		}
		t.diagnostic(
			`${sizes.js} bytes of JavaScript, ${sizes.css} of CSS, ${requests.length} requests: ${requests.join(' ')}`
		);
		assert.ok(sizes.js > 0 && sizes.js < budget.js, `${sizes.js} bytes of JavaScript`);
		assert.ok(sizes.css > 0 && sizes.css < budget.css, `${sizes.css} bytes of CSS`);
		assert.ok(requests.length <= budget.requests, requests.join('\n'));
		assert.equal(requests.filter((path) => path === '/api/portal/overview').length, 1, 'the page is one request');
		await page.context().close();
	});

	test('shows a project on a slow phone within a second once the portal has been there, and nothing moves', async (t) => {
		const page = await open(browser, studio, { kept: { greenroom: mara }, width: 390, height: 844 });
		await page.addInitScript(() => {
			window.shift = 0;
			new PerformanceObserver((list) => list.getEntries().forEach(({ value }) => (window.shift += value))).observe({
				type: 'layout-shift',
				buffered: true
			});
			// Interactive is when a control of the page is there and a frame has been drawn with it.
			const look = () =>
				document.querySelector('main .tick')
					? requestAnimationFrame(() => (window.interactive = performance.now()))
					: requestAnimationFrame(look);
			look();
		});
		const devtools = await page.context().newCDPSession(page);
		await devtools.send('Network.enable');
		await devtools.send('Network.emulateNetworkConditions', {
			offline: false,
			latency: phone.latencyMs,
			downloadThroughput: phone.bytesPerSecond,
			uploadThroughput: phone.bytesPerSecond
		});
		const visit = async () => {
			await devtools.send('Emulation.setCPUThrottlingRate', { rate: phone.slowdown });
			await page.goto(`/projects/${album}`, { waitUntil: 'commit' });
			await page.waitForFunction(() => window.interactive, null, { timeout: 20_000 });
			const { interactive, shift } = await page.evaluate(() => ({
				interactive: window.interactive,
				shift: window.shift
			}));
			await devtools.send('Emulation.setCPUThrottlingRate', { rate: 1 });
			assert.ok(shift < 0.01, 'the page moved');
			return interactive;
		};
		const first = await visit();
		// The best of a few: what else the machine does at the time is not the page's doing.
		const later = [];
		while (later.length < attempts && !(Math.min(...later) < interactiveMs)) later.push(await visit());
		t.diagnostic(
			`interactive after ${Math.round(first)} ms on the first visit, later after ${later.map(Math.round).join(', ')} ms`
		);
		assert.ok(Math.min(...later) < interactiveMs, `interactive after ${later.map(Math.round).join(', ')} ms`);
		await page.context().close();
	});
});
