// The connection breaks and returns, in the portal and in the Studio, also while files are sent; several tabs are open; and
// the device stores pages until the sign-out.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { becomesLive, focusIs, launch, open, press, signIn } from './browser.mjs';
import { openDemo } from './demo.mjs';
import { within } from './events.mjs';
import { openStudio } from './studio-kit.mjs';
import { startStudio } from './studio.mjs';

describe('lines and tabs', { timeout: 600_000 }, () => {
	let studio, browser, mara, owner, james, stop;

	before(async () => {
		({ studio, browser, mara, owner, james, stop } = await openDemo());
	});

	after(() => stop?.());

	const active = () =>
		james.collection('projects').getFirstListItem(`client = '${mara.record.id}' && status = 'ACTIVE'`);
	const heading = (page, name) => page.getByRole('heading', { level: 1, name }).waitFor();

	test('without a network the portal opens, shows what was seen last and says so; then it catches up', async () => {
		const page = await open(browser, studio, { kept: { greenroom: mara }, offlineShell: true });
		await page.goto('/projects');
		await heading(page, 'Projects');
		await page.getByRole('link', { name: 'Dashboard' }).click();
		await heading(page, /Mara/);
		await page.evaluate(() => navigator.serviceWorker.ready);
		await page.waitForFunction(
			async () =>
				(await caches.keys()).some((name) => name.startsWith('greenroom-shell')) &&
				(await caches.keys()).some((name) => name.startsWith('greenroom-pages'))
		);

		await page.context().setOffline(true);
		await page.goto('/projects');
		await heading(page, 'Projects');
		await page
			.locator('.banner')
			.getByText(/There is no connection\. You are reading this page as it was on/)
			.waitFor();
		await page.getByRole('link', { name: 'Goals' }).click();
		await page.getByText('this page has not been opened on this device before').waitFor();
		await page.getByRole('link', { name: 'Projects', exact: true }).click();
		await heading(page, 'Projects');

		const { id } = await active();
		await james.collection('projects').update(id, { description: 'Changed while nobody could hear it.' });
		await page.context().setOffline(false);
		await page.getByText('Changed while nobody could hear it.').waitFor();
		await page.locator('.banner').waitFor({ state: 'detached' });
		await page.context().close();
	});

	test('a restarted server is one quiet banner, and nothing is lost', async () => {
		const page = await open(browser, studio, { kept: { greenroom: mara } });
		await Promise.all([page.goto('/'), becomesLive(page)]);
		await heading(page, /Mara/);
		await page.route('**/api/realtime', (route) => route.abort());
		await studio.restart();
		await page.getByText('The connection is lost. The page is as it was; it catches up by itself.').waitFor();
		await james.collection('action_items').create({
			project: (await active()).id,
			title: 'Listen to the night mix',
			assignedTo: 'client'
		});
		await page.unroute('**/api/realtime');
		await page.getByText('Listen to the night mix').waitFor();
		await page
			.getByText('The connection is lost.', { exact: false })
			.and(page.locator('.banner'))
			.waitFor({ state: 'detached' });
		await page.context().close();
	});

	test('a lost line is one banner in the Studio too, which goes by itself', async () => {
		const page = await openStudio(browser, studio, owner);
		await page.getByRole('list', { name: /comments? to answer$/ }).waitFor();
		const banner = page.getByText('The connection is lost. The page is as it was; it catches up by itself.');
		await page.route('**/api/realtime', (route) => route.abort());
		await studio.restart();
		await banner.waitFor();
		await page.unroute('**/api/realtime');
		await banner.waitFor({ state: 'detached' }); // it tries again within half a minute
		assert.deepEqual(
			page.complaints.filter((complaint) => !/Failed to load resource|ERR_/.test(complaint)),
			[]
		);
		await page.context().close();
	});

	const takes = ['One.wav', 'Two.wav', 'Three.wav'];
	const take = (name) => ({
		name,
		mimeType: 'audio/wav',
		buffer: Buffer.concat([Buffer.from('RIFF\x24\0\0\0WAVEfmt '), Buffer.alloc(300_000)])
	});

	/**
	 * Sends three files from the page of a project, two of which are on their way until they are released, and collects
	 * what is announced.
	 */
	const sendThree = async (page) => {
		const { id } = await active();
		await page.goto(`/projects/${id}`);
		await heading(page, /./);
		await page.evaluate(() => {
			window.announced = [];
			const region = document.querySelector('[role="status"]');
			const hear = () => region.textContent.trim() && window.announced.push(region.textContent.trim());
			new MutationObserver(hear).observe(region, { childList: true, characterData: true, subtree: true });
		});
		const held = [];
		const areHeld = new Promise((resolve) => {
			void page.route('**/api/portal/uploads/*', (route) => {
				if (route.request().method() !== 'PATCH') return route.continue();
				if (held.push(route) === 2) resolve(true);
			});
		});
		const chooser = page.waitForEvent('filechooser');
		await press(page, 'button', 'Choose files for James');
		await (await chooser).setFiles(takes.map(take));
		const is = (name, state) =>
			page.getByRole('listitem').filter({ hasText: name }).getByText(state, { exact: true }).waitFor();
		await Promise.all([is('One.wav', 'Sending'), is('Two.wav', 'Sending'), is('Three.wav', 'In line')]);
		await within(60, areHeld, 'the sending of two files');
		return { held, is };
	};

	// All three are there, whole, and each is announced once, after it arrived.
	const haveArrived = async (page) => {
		for (const name of takes) await page.getByRole('button', { name: `Download “${name}”` }).waitFor();
		await page.waitForFunction(
			() =>
				window.announced
					.flatMap((sentence) => [
						...[...sentence.matchAll(/“[^”]+” is with James\./g)].map(() => 1),
						...[...sentence.matchAll(/(\d+) files are with James\./g)].map(([, n]) => Number(n))
					])
					.reduce((all, n) => all + n, 0) === 3
		);
		const files = await james.collection('attachments').getFullList({ filter: "filename ~ '.wav' && size = 300016" });
		assert.deepEqual(files.map(({ filename }) => filename).sort(), takes.toSorted());
		for (const { id } of files) await james.collection('attachments').delete(id);
		return page.evaluate(() => window.announced);
	};
	const bad = /stopped|is not sent|cannot|lost/;

	test('three files are paused while they are sent, and each goes on when it is told to', async () => {
		const page = await open(browser, studio, { kept: { greenroom: mara } });
		const { is } = await sendThree(page);
		await press(page, 'button', 'Pause “One.wav”');
		await is('One.wav', 'Paused');
		await is('Three.wav', 'Sending'); // its turn has come
		assert.equal(
			await page.evaluate(() => document.activeElement.ariaLabel),
			'Resume “One.wav”',
			'the focus stays at the button'
		);
		for (const name of ['Two.wav', 'Three.wav']) {
			await press(page, 'button', `Pause “${name}”`);
			await is(name, 'Paused');
		}
		assert.equal(
			await page.evaluate(() => window.announced.filter((sentence) => sentence.includes('with James')).length),
			0
		);
		await page.unroute('**/api/portal/uploads/*');
		for (const name of takes.toReversed()) await press(page, 'button', `Resume “${name}”`);
		const announced = await haveArrived(page);
		assert.deepEqual(
			announced.filter((sentence) => bad.test(sentence)),
			[]
		);
		await focusIs(page, 'Choose files for James', 'the buttons are gone with what they were for');
		await page.context().close();
	});

	test('three files outlive a lost network, and go on as soon as it is back', async () => {
		const page = await open(browser, studio, { kept: { greenroom: mara } });
		await page.clock.install();
		const { held, is } = await sendThree(page);
		await page.clock.pauseAt(Date.now() + 60_000); // no next attempt comes by itself
		await page.context().setOffline(true);
		for (const route of held.splice(0)) await route.abort('internetdisconnected');
		await Promise.all([is('One.wav', 'Trying again'), is('Two.wav', 'Trying again'), is('Three.wav', 'In line')]);
		await page.unroute('**/api/portal/uploads/*');
		await page.context().setOffline(false);
		for (const name of takes) await is(name, 'Sent');
		await page.clock.resume();
		const announced = await haveArrived(page);
		assert.deepEqual(
			announced.filter((sentence) => /stopped|is not sent/.test(sentence)),
			[]
		);
		await page.context().close();
	});

	test('a code can still be entered after the page was loaded anew', async () => {
		const page = await open(browser, studio);
		await page.goto('/');
		await page.getByRole('textbox', { name: 'Email address' }).fill('tomas@dvorak-sound.example');
		await page.keyboard.press('Enter');
		await heading(page, 'Enter your code');
		const until = () => page.evaluate(() => JSON.parse(sessionStorage.getItem('greenroom-code')).until);
		const expires = await until();
		await page.reload();
		await heading(page, 'Enter your code');
		assert.equal(await until(), expires, 'a reload does not prolong the life of the code');
		await page
			.getByRole('textbox', { name: /Code from the email/ })
			.fill(await studio.codeFor('tomas@dvorak-sound.example'));
		await page.keyboard.press('Enter');
		await heading(page, /Tomáš/);
		await page.context().close();
	});

	test('whoever asks for a code again at once is told which one counts', async () => {
		const page = await open(browser, studio);
		const askFor = async (email) => {
			await page.getByRole('textbox', { name: 'Email address' }).fill(email);
			await page.keyboard.press('Enter');
			await heading(page, 'Enter your code');
		};
		await page.goto('/sign-in');
		await askFor('tomas@dvorak-sound.example');
		const code = await studio.codeFor('tomas@dvorak-sound.example');
		await page.getByText('The code does not come?').click();
		await page.getByRole('button', { name: 'Use another email address' }).click();
		await askFor('tomas@dvorak-sound.example');
		await page.getByText('the one in the newest mail counts').waitFor();
		await page.getByRole('textbox', { name: /Code from the email/ }).fill(code);
		await page.keyboard.press('Enter');
		await heading(page, /Tomáš/);
		await page.context().close();
	});

	test('signing out in one tab signs out in the others, and leaves nothing on the device', async () => {
		const grace = await signIn(studio, 'grace@example.com');
		const first = await open(browser, studio, { kept: { greenroom: grace } });
		await first.goto('/');
		await heading(first, /Grace/);
		const second = await first.context().newPage();
		await second.goto('/settings');
		await heading(second, 'Settings');
		await second.getByRole('button', { name: 'Sign out', exact: true }).click();
		await heading(second, 'Sign in');
		await heading(first, 'Sign in');
		assert.deepEqual(
			await second.evaluate(async () => [
				Object.keys(localStorage),
				(await caches.keys()).filter((name) => name.startsWith('greenroom-pages'))
			]),
			[[], []]
		);
		await first.context().close();
		const copy = await fetch(`${studio.url}/api/portal/overview`, { headers: { Authorization: grace.token } });
		assert.equal(copy.status, 401, 'a copy of the token');
	});

	test('signing out takes one press, however often it is pressed', async () => {
		const page = await open(browser, studio, { kept: { greenroom: await signIn(studio, 'grace@example.com') } });
		await page.goto('/settings');
		await heading(page, 'Settings');
		const held = [];
		await page.route('**/api/portal/signout', (route) => held.push(route));
		const button = page.getByRole('button', { name: 'Sign out', exact: true });
		await button.dblclick();
		await page.locator('button[aria-disabled="true"]', { hasText: 'Sign out' }).waitFor();
		assert.equal(held.length, 1);
		await held[0].continue();
		await heading(page, 'Sign in');
		await page.context().close();
	});

	test('whoever signs out where the studio cannot be told is signed out on the device, and told so', async () => {
		const page = await open(browser, studio, { kept: { greenroom: await signIn(studio, 'grace@example.com') } });
		await page.goto('/settings');
		await heading(page, 'Settings');
		await page.route('**/api/portal/signout', (route) => route.abort());
		await page.getByRole('button', { name: 'Sign out', exact: true }).click();
		await heading(page, 'Sign in');
		await page.getByText('but the studio could not be told').waitFor();
		assert.deepEqual(await page.evaluate(() => Object.keys(localStorage)), []);
		await page.context().close();
	});

	test('a client who is archived is taken to the sign-in at once, and the browser stops asking', async () => {
		const { id } = await james.collection('clients').getFirstListItem("email = 'grace@example.com'");
		const page = await open(browser, studio, { kept: { greenroom: await signIn(studio, 'grace@example.com') } });
		await page.clock.install();
		await Promise.all([page.goto('/'), becomesLive(page)]);
		await heading(page, /Grace/);
		await james.collection('clients').update(id, { archivedAt: new Date().toISOString() });
		await heading(page, 'Sign in');
		const asked = [];
		page.on('request', (request) => asked.push(request.url()));
		await page.clock.runFor(30_000); // as long as several attempts of the SDK's
		assert.ok(asked.length <= 2, asked.join('\n'));
		await page.context().close();
	});
});

test('Clerk is offered where it is set up', { timeout: 120_000 }, async () => {
	const CLERK_ISSUER = 'https://clerk.invalid';
	const env = {
		CLERK_ISSUER,
		CLERK_AUTHORIZED_PARTIES: 'https://portal.example.com',
		CLERK_OAUTH_CLIENT_ID: 'portal',
		CLERK_OAUTH_CLIENT_SECRET: 'of-the-tests'
	};
	const [studio, browser] = await Promise.all([startStudio({ env }), launch()]);
	try {
		const page = await open(browser, studio);
		await page.goto('/');
		// The configured Clerk does not exist: what the popup asks for is all that there is to see.
		const asked = page.context().waitForEvent('request', {
			predicate: (request) => request.url().startsWith(`${CLERK_ISSUER}/oauth/authorize?`),
			timeout: 60_000
		});
		await page.getByRole('button', { name: 'Continue with Clerk' }).click();
		await asked;
	} finally {
		await browser.close();
		await studio.stop();
	}
});
