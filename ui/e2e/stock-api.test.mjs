// Checks the real dashboard for the parts of its experimental extension API that the Studio uses. A failure says what
// PocketBase has changed, and where the Studio needs it. And the dashboard and the Studio in one page.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { launch, open, signInOwner } from './browser.mjs';
import { owner, startStudio } from './studio.mjs';

// Where each part is used, by its description. Each check returns true, or what it found instead.
const needs = {
	'app.pb, the SDK, signed in as the owner': [
		'the Studio reads and writes with it: studio/session.svelte.ts',
		() => app.pb.authStore.isValid && app.pb.authStore.isSuperuser
	],
	'app.routes.superuserOnly and fallbackPath': [
		'the Studio is a page: studio/register.js',
		() => typeof app.routes.superuserOnly === 'function' && app.routes.fallbackPath === '#/studio'
	],
	'app.store.headerLinks, shown in the header': [
		'the link to the Studio: studio/register.js',
		() =>
			Array.isArray(app.store.headerLinks) &&
			document.querySelector('.app-header .app-main-nav a[href="#/studio"]') !== null
	],
	'app.store.title, shown in the title': [
		'pages are named: studio/Studio.svelte',
		() => (
			(app.store.title = 'A test'),
			new Promise((resolve) => setTimeout(() => resolve(document.title.startsWith('A test')), 50))
		)
	],
	'app.store.collections and activeCollection': [
		'rows and columns: studio/stock/tables.ts and columns.ts',
		() => app.store.collections.length > 0 && app.store.activeCollection?.name === 'clients'
	],
	'watch, of Shablon': ['studio/stock/columns.ts', () => typeof watch === 'function'],
	'app.modals.getTop and close': [
		'Escape: studio/stock/panels.ts',
		() => typeof app.modals.getTop === 'function' && typeof app.modals.close === 'function'
	],
	'the columns’ place in the browser, pbColumns_': [
		'studio/stock/columns.ts',
		() => app.consts.COLUMNS_STORAGE_PREFIX === 'pbColumns_'
	],
	'the dashboard’s <main class="app">': [
		'what it drew is moved out of it: studio/stock/frame.ts',
		() =>
			document.querySelector('main.app[hidden]') !== null &&
			document.querySelector('body > div.app > header.app-header') !== null
	]
};

describe('PocketBase’s extension API', { timeout: 600_000 }, () => {
	let studio, browser, page;

	before(async () => {
		studio = await startStudio();
		browser = await launch();
		page = await open(browser, studio, { kept: { '__pb_superusers__/_': await signInOwner(studio, owner) } });
		await page.goto('/_/#/collections?collection=clients');
		await page.locator('[aria-level="1"]').filter({ hasText: 'clients' }).waitFor();
	});

	after(async () => {
		await browser?.close();
		await studio?.stop();
	});

	for (const [what, [where, ask]] of Object.entries(needs)) {
		test(what, async () => {
			const answer = await page.evaluate(ask).catch((mistake) => mistake.message);
			assert.equal(answer, true, `This PocketBase's dashboard has no ${what} any more. ${where} stands on it.`);
		});
	}

	test('/_/extensions.js loads the Studio', async () => {
		const answer = await fetch(`${studio.url}/_/extensions.js`);
		assert.equal(answer.status, 200, 'PocketBase serves no /_/extensions.js any more: ui/studio.go stands on it');
		assert.match(
			await answer.text(),
			/\/_\/extensions\/studio\/assets\//,
			'the extensions name nothing of the Studio: ui/studio.go and ui/vite.studio.config.ts'
		);
	});

	test('the Studio’s page stands in the dashboard', async () => {
		await page.goto('/_/#/studio');
		await page.getByRole('heading', { level: 1, name: /^Today, / }).waitFor();
		const api = await page.evaluate(() => ({
			pb: typeof app.pb?.constructor,
			signedIn: app.pb?.authStore?.isValid,
			superuserOnly: typeof app.routes?.superuserOnly,
			fallbackPath: app.routes?.fallbackPath,
			headerLink: app.store?.headerLinks?.[0]?.label,
			page: app.store?.page === document.querySelector('.studio') || app.store?.page?.className,
			title: [].concat(app.store?.title).at(-1),
			colours: document.documentElement.dataset.colorScheme
		}));
		assert.deepEqual(api, {
			pb: 'function',
			signedIn: true,
			superuserOnly: 'function',
			fallbackPath: '#/studio',
			headerLink: 'Studio',
			page: true,
			title: 'Studio',
			colours: 'light'
		});
	});

	// The last test, because the page is left without the Studio's styles.
	test('neither side’s styles reach the other', async () => {
		const header = () =>
			page.evaluate(() =>
				[...document.querySelectorAll('.app-header, .app-header *')].map((element) =>
					((style) => [style.font, style.color, style.padding, style.display].join())(getComputedStyle(element))
				)
			);
		const withOurs = await header();
		const body = await page.evaluate(() => getComputedStyle(document.querySelector('.studio p')).font);
		await page.evaluate(() =>
			document
				.querySelectorAll(/** @type {'link'} */ ('link[href*="/extensions/studio/assets/show"]'))
				.forEach((link) => void (link.disabled = true))
		);
		assert.deepEqual(await header(), withOurs);
		assert.notEqual(await page.evaluate(() => getComputedStyle(document.querySelector('.studio p')).font), body);
	});
});
