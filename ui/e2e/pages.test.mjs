// Every page and state: no violation that axe knows, nothing that the browser complains about, nothing that overflows,
// and a snapshot of what a screen reader says in e2e/tree, to be read. UPDATE_TREES=1 writes them anew.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { launch, open, showAs, signIn, signInOwner } from './browser.mjs';
import { compareTree, smallTargets, violations } from './examine.mjs';
import { startStripe } from './stripe.mjs';
import { demoOwner, startStudio } from './studio.mjs';
import { visits } from './visits.mjs';

// By how the page is looked at: colours, width, and text at 200 %, which is a width of half as many of its own pixels.
const looks = [
	{ name: 'light, 1280 px', scheme: 'light', width: 1280, height: 900 },
	{ name: 'dark, 1280 px', scheme: 'dark', width: 1280, height: 900 },
	{ name: 'light, 320 px', scheme: 'light', width: 320, height: 640 },
	{ name: 'dark, 320 px', scheme: 'dark', width: 320, height: 640 },
	{ name: 'light, 1280 px at 200 %', scheme: 'light', width: 1280, height: 900, text: '200%' }
];

describe('every page', { timeout: 600_000, concurrency: 2 }, () => {
	let stripe, studio, browser, owner, album;
	const signIns = {};

	before(async () => {
		stripe = await startStripe();
		studio = await startStudio({ demo: true, env: stripe.env });
		[browser, owner] = await Promise.all([launch(), signInOwner(studio, demoOwner)]);
		for (const who of ['mara@example.com', 'grace@example.com']) signIns[who] = await signIn(studio, who);
		const answer = await fetch(
			`${studio.url}/api/collections/projects/records?filter=${encodeURIComponent("title ~ 'Slow Thaw'")}`,
			{ headers: { Authorization: owner.token } }
		);
		album = (await answer.json()).items[0].id;
	});

	after(async () => {
		await browser?.close();
		await studio?.stop();
		stripe?.stop();
	});

	// Each place is visited once and examined in every look. Its address is complete once the studio stands.
	for (const { name } of visits({})) {
		test(name, async () => {
			const visit = visits({ album, mara: signIns['mara@example.com'].record.id }).find((one) => one.name === name);
			const kept = visit.guest
				? {}
				: visit.owner
					? { '__pb_superusers__/_': owner }
					: { greenroom: signIns[visit.who ?? 'mara@example.com'] };
			const page = await open(browser, studio, { kept, ...looks[0] });
			try {
				await visit.before?.(page);
				await page.goto(visit.path);
				await page.getByRole('heading', { level: 1 }).waitFor();
				await visit.act?.(page);
				await compareTree(page, name, visit.only ?? 'body');
				for (const look of looks) {
					await showAs(page, look);
					assert.deepEqual(await violations(page), [], look.name);
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
