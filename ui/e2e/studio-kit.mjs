// Shared by the Studio's tests: the dashboard opened as the owner, and the checks that hold for every page and state.

import assert from 'node:assert/strict';

import { open } from './browser.mjs';
import { smallTargets, violations } from './examine.mjs';

/** Ways to display the pages. */
export const looks = [
	{ name: 'light, 1280 px', scheme: 'light', width: 1280, height: 900 },
	{ name: 'dark, 1280 px', scheme: 'dark', width: 1280, height: 900 },
	{ name: 'light, 320 px', scheme: 'light', width: 320, height: 640 }
];

/**
 * Opens a page of the Studio, signed in as the owner, and returns it once its heading is shown and it is live. Single keys are on if
 * `singleKeys` is set.
 *
 * @param {any} browser
 * @param {any} studio
 * @param {any} owner
 * @param {string} [path]
 * @param {{ singleKeys?: boolean, [look: string]: any }} [options]
 */
export async function openStudio(browser, studio, owner, path = '', { singleKeys = false, ...look } = {}) {
	const page = await open(browser, studio, { kept: { '__pb_superusers__/_': owner }, ...look });
	if (singleKeys)
		await page.addInitScript((key) => {
			if (!localStorage.getItem(key)) localStorage.setItem(key, 'on');
		}, 'greenroom-studio:single-keys');
	const live = page.waitForResponse((response) => response.request().postData()?.includes('"portal') ?? false);
	await page.goto(`/_/#/studio${path && '/' + path}`);
	await page.getByRole('heading', { level: 1 }).waitFor();
	await live;
	return page;
}

/** Checks the page as it is now; `look` names the way of display in a failure. */
export async function examine(page, look = '') {
	assert.deepEqual(await violations(page), [], look);
	assert.ok(
		(await page.evaluate(() =>
			Math.max(
				document.documentElement.scrollWidth - innerWidth,
				document.querySelector('.studio').scrollWidth - document.querySelector('.studio').clientWidth
			)
		)) <= 0,
		`${look}: it is wider than the window`
	);
	assert.deepEqual(await smallTargets(page, '.studio'), [], look);
	assert.deepEqual(page.complaints, [], look);
}
