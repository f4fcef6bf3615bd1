// Shared by the Studio's tests: the dashboard opened as the owner, and the checks that hold for every page and state.

import assert from 'node:assert/strict';

import { becomesLive, open, showAs } from './browser.mjs';
import { ofColours, smallTargets, violations } from './examine.mjs';

export const signInKey = '__pb_superusers__/_';

/** Ways to display the pages. Where only the scheme differs from the look before, axe examines the colours alone. */
export const looks = [
	{ name: 'light, 1280 px', scheme: 'light', width: 1280, height: 900 },
	{ name: 'dark, 1280 px', scheme: 'dark', width: 1280, height: 900, rules: ofColours },
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
	const page = await open(browser, studio, { kept: { [signInKey]: owner }, ...look });
	if (singleKeys)
		await page.addInitScript((key) => {
			if (!localStorage.getItem(key)) localStorage.setItem(key, 'on');
		}, 'greenroom-studio:single-keys');
	await goThere(page, path);
	return page;
}

async function goThere(page, path) {
	const live = becomesLive(page);
	await page.goto(`/_/#/studio${path && '/' + path}`);
	await page.locator('.studio').getByRole('heading', { level: 1 }).waitFor();
	await live;
}

/**
 * Leaves what a test did in an open dashboard: its panels go, and the browser forgets everything but the sign-in
 * and the columns of lists.
 *
 * @param {any} page
 */
export async function leave(page) {
	await page.unrouteAll();
	page.removeAllListeners('dialog');
	for (const other of page.context().pages()) if (other !== page) await other.close();
	// What is changed in them is not asked about.
	await page.evaluate(() => document.querySelectorAll('.modal').forEach((panel) => app.modals.close(panel, true)));
	await page.locator('body > .app[inert]').waitFor({ state: 'detached' });
	await page.goto('/_/#/settings/crons');
	await page.locator('.studio').waitFor({ state: 'detached' });
	await page.evaluate((signIn) => {
		for (const key of Object.keys(localStorage))
			if (key !== signIn && !key.startsWith('pbColumns_')) localStorage.removeItem(key);
		sessionStorage.clear();
	}, signInKey);
	page.complaints.length = 0;
}

/**
 * Opens another page of the Studio in an open dashboard. The Studio is taken down in between. What outlives that is the
 * choice of single keys, and announcements that are still waiting.
 */
async function openNext(page, path) {
	await leave(page);
	await goThere(page, path);
	await forgetAnnouncement(page);
}

/** Empties the live region, whose last sentence is that of the page before. */
export const forgetAnnouncement = (page) =>
	page.evaluate(() => {
		const said = document.querySelector('.studio > [role="status"]').firstChild;
		if (said) said.nodeValue = '';
	});

/**
 * Returns a function that opens a path in one dashboard, the same each time, which takes a tenth of what opening the
 * dashboard anew does. It does something there, and fails on any error or warning of the browser, except expected ones.
 * After a failure the next path has a new dashboard.
 *
 * @param {() => Promise<any>} start opens the dashboard
 * @param {(page: any, path: string) => Promise<void>} [next] opens the path; if it is none, a page of the Studio
 */
export function inOneDashboard(start, next = openNext) {
	let page;
	/** @type {(path: string, walk: (page: any) => Promise<unknown>, options?: { expected?: RegExp }) => Promise<void>} */
	return async (path, walk, { expected } = {}) => {
		try {
			page ??= await start();
			await next(page, path);
			await walk(page);
			assert.deepEqual(
				page.complaints.filter((complaint) => !expected?.test(complaint)),
				[]
			);
		} catch (mistake) {
			await page?.context().close();
			page = undefined;
			throw mistake;
		}
	};
}

/** Checks the page as it is now, in all ways of display, and leaves it in the first. */
export async function examineInAll(page) {
	for (const { name, rules, ...look } of looks) {
		await showAs(page, look);
		await examine(page, name, rules);
	}
	await showAs(page, looks[0]);
}

/**
 * Checks the page as it is now.
 *
 * @param {any} page
 * @param {string} [look] the way of display, for a failure
 * @param {string[]} [rules] axe's; all of them if none are named
 */
export async function examine(page, look = '', rules = undefined) {
	// Axe cannot tell the colours of what is scrolled under the dashboard's header, and passes over it.
	await page.locator('.studio').evaluate((studio) => studio.scrollTo(0, 0));
	assert.deepEqual(await violations(page, rules, '.studio'), [], look);
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
