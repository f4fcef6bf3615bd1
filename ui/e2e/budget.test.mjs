// The cost of a visit: bytes and requests. The time that a phone with a slow processor and a slow connection needs for
// a project is printed and not asserted, because it depends on the machine.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { open } from './browser.mjs';
import { openDemo } from './demo.mjs';

const kilobyte = 1000;
const budget = { js: 75 * kilobyte, css: 7 * kilobyte, requests: 10 };
const phone = { slowdown: 4, latencyMs: 150, bytesPerSecond: 1.6e6 / 8 };

describe('a first visit', { timeout: 600_000 }, () => {
	let studio, browser, mara, album, stop;

	before(async () => {
		({ studio, browser, mara, album, stop } = await openDemo());
	});

	after(() => stop?.());

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

	test('shows a project on a slow phone for the cost of its page alone once the portal has been there, and nothing moves', async (t) => {
		const page = await open(browser, studio, { kept: { greenroom: mara }, width: 390, height: 844 });
		await page.addInitScript(() => {
			window.shift = 0;
			new PerformanceObserver((list) => list.getEntries().forEach(({ value }) => (window.shift += value))).observe({
				type: 'layout-shift',
				buffered: true
			});
			// Interactive means that a control of the page exists, and a frame has been drawn with it.
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
		await devtools.send('Emulation.setCPUThrottlingRate', { rate: phone.slowdown });
		const visit = async () => {
			await page.goto(`/projects/${album.id}`, { waitUntil: 'commit' });
			await page.waitForFunction(() => window.interactive);
			return page.evaluate(() => ({
				interactive: Math.round(window.interactive),
				shift: window.shift,
				// Requests that reached the server; others came from the browser's cache.
				fetched: /** @type {PerformanceResourceTiming[]} */ (performance.getEntriesByType('resource'))
					.filter(({ transferSize, responseEnd }) => transferSize > 0 && responseEnd < window.interactive)
					.map(({ name }) => new URL(name).pathname)
			}));
		};
		const first = await visit();
		const later = await visit();
		t.diagnostic(`interactive after ${first.interactive} ms on the first visit, after ${later.interactive} ms later`);
		assert.deepEqual(
			later.fetched.filter((path) => !['/api/realtime', '/icon.svg'].includes(path)), // the page waits for neither of them
			[`/api/portal/projects/${album.id}`],
			'beside the document'
		);
		assert.ok(Math.max(first.shift, later.shift) < 0.01, 'the page moved');
		await page.context().close();
	});
});
