// While the server restarts, the proxy in front of it answers: the portal shows what was last loaded and recovers by
// itself, and the Studio says so and asks again. And a server that never answers: the wait ends, and leaving ends it.

import assert from 'node:assert/strict';
import { after, afterEach, before, describe, test } from 'node:test';

import {
	focusIs,
	launch,
	open,
	openThread,
	press,
	signIn,
	signInOwner,
	tabTo,
	walkThrough,
	write
} from './browser.mjs';
import { away, startProxy } from './proxy.mjs';
import { forgetAnnouncement, openStudio } from './studio-kit.mjs';
import { demoOwner, startStudio } from './studio.mjs';

describe('behind a proxy', { timeout: 600_000 }, () => {
	let studio, proxy, browser, mara, owner;

	before(async () => {
		studio = await startStudio({ demo: true });
		[proxy, browser, mara, owner] = await Promise.all([
			startProxy(studio.url),
			launch(),
			signIn(studio, 'mara@example.com'),
			signInOwner(studio, demoOwner)
		]);
	});

	after(async () => {
		await browser?.close();
		proxy?.stop();
		await studio?.stop();
	});

	afterEach(() => proxy.comeBack());

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
			'the nginx.conf and the Caddyfile that come with the studio': 'The studio does not answer at this moment.',
			'the page of a hotel’s network': 'There is no connection just now. Nothing is lost; try again in a moment.'
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

	const serverError = 'The server could not answer just now. Nothing is lost; try again in a moment.';
	const noConnection = 'There is no connection just now. Nothing is lost; try again in a moment.';

	/**
	 * A test with the Studio open behind the proxy. It fails on what the browser complains of, except answers that are
	 * none.
	 *
	 * @param {string} name
	 * @param {(page: any, at: (path: string) => Promise<void>) => Promise<unknown>} walk
	 */
	const inStudio = (name, walk) =>
		test(name, async () => {
			const page = await openStudio(browser, { url: proxy.url }, owner);
			const at = async (path) => void (await page.goto(`/_/#/studio/${path}`));
			await walkThrough(page, (page) => walk(page, at), { expected: /Failed to load resource|EventSource/ });
		});
	const heading = (page, name) => page.getByRole('heading', { level: 1, name }).waitFor();
	const idOf = async (path, title) => {
		const answer = await fetch(`${studio.url}/api/studio/${path}`, { headers: { Authorization: owner.token } });
		return (await answer.json()).items.find((item) => (item.title ?? item.name).includes(title)).id;
	};

	for (const [name, sentence] of Object.entries({
		'nginx, nobody listens': serverError,
		'the page of a hotel’s network': noConnection
	})) {
		inStudio(`${name}: the Studio says so in a sentence, keeps what was written, and asks again`, async (page, at) => {
			const album = await idOf('projects', 'Slow Thaw');
			await page.route('**/api/realtime', (route) => route.abort()); // or else the page asks again by itself
			for (const { path, title } of [
				{ path: `projects/${album}`, title: /Slow Thaw/ },
				{ path: `clients/${await idOf('clients', 'Mara')}`, title: /Mara Lindqvist/ },
				{ path: 'projects/new', title: /^New project$/ }
			]) {
				await forgetAnnouncement(page);
				proxy.goAway(away[name]);
				await at(path);
				const said = page.locator('.page').getByText(sentence, { exact: true });
				await said.first().waitFor();
				if (path !== 'projects/new') await focusIs(page, 'Something is not right');
				const heard = path === 'projects/new' ? 'alert' : 'status'; // a form that cannot begin says it where it stands
				await page.getByRole(heard).filter({ hasText: sentence }).waitFor();
				assert.doesNotMatch(await page.locator('.studio').innerText(), /Error|JSON|nginx|hotel|undefined/);
				proxy.comeBack();
				await press(page, 'button', /^Try again/);
				await said.first().waitFor({ state: 'detached' });
				await focusIs(page, title);
			}

			await at(`projects/${album}/goals`);
			await press(page, 'button', 'Add a goal');
			await write(page, 'Title', 'A hundred people at the release');
			const description = page.getByRole('textbox', { name: /^Description/ });
			await description.fill('- and **ten** more');
			proxy.goAway(away[name]);
			await page.locator('summary', { hasText: 'Preview of the description: Add a goal' }).press('Enter');
			await page.getByText(`The preview cannot be shown just now. ${sentence}`).waitFor();
			await description.press('Control+Enter');
			await focusIs(page, `Nothing is saved yet; what you wrote is kept here. ${sentence}`);
			assert.equal(await description.inputValue(), '- and **ten** more');
			await press(page, 'button', 'More for “Masters for vinyl”', { back: true });
			await press(page, 'button', 'Which payment the files of “Masters for vinyl” wait for');
			await page.getByText(`The invoices could not be read. ${sentence}`).waitFor();
			await page.keyboard.press('Control+K');
			await page.getByText(`The names of your projects and clients could not be read. ${sentence}`).first().waitFor();
			await page.keyboard.type('vinyl');
			await page.getByText(`What was written could not be searched. ${sentence}`).first().waitFor();
			await page.keyboard.press('Escape');
			proxy.comeBack();
			await description.press('Control+Enter');
			await page.getByRole('status').getByText('“A hundred people at the release” is added.').waitFor();
		});
	}

	inStudio(
		'a page that never comes is given up after a while, asked for again, and ended by leaving',
		async (page, at) => {
			const album = await idOf('projects', 'Slow Thaw');
			await page.clock.install();
			proxy.leaveUnanswered(/^\/api\/studio\/projects\//);
			await at(`projects/${album}`);
			await page.getByText('Reading the page…').waitFor();
			await proxy.untilWaiting(1);
			await tabTo(page, 'button', 'Go to…'); // the frame works meanwhile
			await page.clock.runFor(30_000);
			await page.locator('.page').getByText(serverError).waitFor();
			await proxy.untilWaiting(0);
			await press(page, 'button', 'Try again');
			await proxy.untilWaiting(1);
			await press(page, 'link', 'Home', { back: true });
			await heading(page, /^Today, /);
			await proxy.untilWaiting(0);
		}
	);

	// Without its facts the Studio would show times of another zone, and say that a second factor is off.
	for (const [name, fail] of Object.entries({
		'are nginx’s page': (page) =>
			page.route('**/api/studio/facts', (route) => route.fulfill(away['nginx, nobody listens'])),
		'are a hotel’s page': (page) =>
			page.route('**/api/studio/facts', (route) => route.fulfill(away['the page of a hotel’s network'])),
		'never come': () => proxy.leaveUnanswered(/^\/api\/studio\/facts/)
	}))
		test(`facts about the studio that ${name}: the Studio says that it cannot be opened, and opens when they come`, async () => {
			const page = await open(browser, { url: proxy.url }, { kept: { '__pb_superusers__/_': owner } });
			await page.clock.install();
			await fail(page);
			const walk = async () => {
				await page.goto('/_/#/studio');
				if (name === 'never come') {
					await proxy.untilWaiting(1);
					await page.clock.runFor(10_000);
				}
				await focusIs(page, 'The Studio could not be opened');
				await proxy.untilWaiting(0);
				await page.unrouteAll();
				proxy.comeBack();
				await press(page, 'button', 'Try again');
				await heading(page, /^Today, /);
			};
			await walkThrough(page, walk, { expected: /Failed to load resource|The Studio cannot be opened/ });
		});

	test('whose sign-in has ended comes back to the Studio by signing in', async () => {
		const another = await signInOwner(studio, demoOwner); // which ends here
		const page = await open(browser, studio, { kept: { '__pb_superusers__/_': another } });
		await page.route(
			'**/api/studio/facts',
			(route) => route.fulfill({ status: 401, json: { status: 401, message: 'No.', data: {} } }),
			{ times: 1 }
		);
		const walk = async () => {
			await page.goto('/_/#/studio');
			await write(page, /email/i, demoOwner.email);
			await tabTo(page, 'textbox', /password/i);
			await page.keyboard.insertText(demoOwner.password);
			await page.keyboard.press('Enter');
			await heading(page, /^Today, /);
		};
		await walkThrough(page, walk, { expected: /401/ });
	});

	inStudio('a preview that never comes is given up after a while, and ended by leaving', async (page, at) => {
		await at(`projects/${await idOf('projects', 'Slow Thaw')}/sessions`);
		await heading(page, /Slow Thaw/);
		await page.clock.install();
		proxy.leaveUnanswered(/^\/api\/studio\/preview/);
		const field = await tabTo(page, 'textbox', 'Notes of “Kick-off call”');
		await page.locator('summary', { hasText: 'Preview of “Kick-off call”' }).press('Enter');
		await proxy.untilWaiting(1);
		assert.equal(await page.getByText('There are no words yet.').count(), 0);
		await page.clock.runFor(30_000);
		await page.getByText(`The preview cannot be shown just now. ${serverError}`).waitFor();
		await proxy.untilWaiting(0);
		await field.press('End');
		await page.keyboard.type(' And tea.');
		await proxy.untilWaiting(1); // it is asked for again, and the words of a moment ago are not
		await press(page, 'link', 'Home', { back: true });
		await proxy.untilWaiting(0);
	});

	test('the portal as a client sees it never comes: it is said after a while, and leaving ends the wait', async () => {
		const page = await open(browser, { url: proxy.url }, { kept: { '__pb_superusers__/_': owner } });
		try {
			await page.clock.install();
			proxy.leaveUnanswered(/^\/api\/collections\/(clients|projects)\/records/);
			await page.goto(`/projects?as=${mara.record.id}`);
			await page.getByText('Reading the page…').first().waitFor();
			await proxy.untilWaiting(2); // the client and the page
			await page.clock.runFor(30_000);
			await heading(page, 'Something is not right');
			await page.getByText(serverError).waitFor();
			await proxy.untilWaiting(0);
			await press(page, 'button', 'Try again');
			await proxy.untilWaiting(2);
			await page.goto('/_/#/studio');
			await heading(page, /^Today, /);
			await proxy.untilWaiting(0);
			proxy.comeBack();
			await page.goto(`/projects?as=${mara.record.id}`);
			await heading(page, 'Projects');
		} finally {
			await page.context().close();
		}
	});
});
