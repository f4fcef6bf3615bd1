// Every page and state: no violation that axe finds, no error or warning of the browser, no overflow, and an accessibility
// tree that equals its snapshot in e2e/tree. UPDATE_TREES=1 writes the snapshots.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { showAs } from './browser.mjs';
import { openDemo } from './demo.mjs';
import { compareTree, ofColours, smallTargets, violations } from './examine.mjs';
import { goThere, signInVisitors, visits } from './visits.mjs';

// Ways to display a page: colour schemes, widths, and text at 200 %, which halves the width in CSS pixels.
// Where only the scheme differs from the look before, axe examines the colours alone.
const looks = [
	{ name: 'light, 1280 px', scheme: 'light', width: 1280, height: 900 },
	{ name: 'dark, 1280 px', scheme: 'dark', width: 1280, height: 900, rules: ofColours },
	{ name: 'light, 320 px', scheme: 'light', width: 320, height: 640 },
	{ name: 'dark, 320 px', scheme: 'dark', width: 320, height: 640, rules: ofColours },
	{ name: 'light, 1280 px at 200 %', scheme: 'light', width: 1280, height: 900, text: '200%' }
];

describe('every page', { timeout: 600_000, concurrency: 2 }, () => {
	let demo, signIns;

	before(async () => {
		demo = await openDemo({ money: true });
		signIns = await signInVisitors(demo, visits({}));
	});

	after(() => demo?.stop());

	// Each page is visited once and examined in all ways. Its address is known once the studio runs.
	for (const { name } of visits({})) {
		test(name, async () => {
			const visit = visits({ album: demo.album.id, mara: demo.mara.record.id }).find((one) => one.name === name);
			const page = await goThere(visit, demo, signIns, looks[0]);
			try {
				await compareTree(page, name, visit.only ?? 'body');
				for (const look of looks) {
					await showAs(page, look);
					assert.deepEqual(await violations(page, look.rules), [], look.name);
					assert.ok(
						(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)) <= 0,
						`${look.name}: it is wider than the window`
					);
					assert.deepEqual(await smallTargets(page), [], look.name);
				}
				assert.deepEqual(
					page.complaints.filter((complaint) => !/Failed to load resource/.test(complaint)),
					[]
				);
			} finally {
				await page.context().close();
			}
		});
	}
});
