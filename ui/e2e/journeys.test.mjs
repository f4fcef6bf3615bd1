// What clients do, one journey in each test, by keyboard alone.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { becomesLive, focusIs, open, openThread, press, tabTo, walkThrough, write } from './browser.mjs';
import { openDemo } from './demo.mjs';

const email = 'mara@example.com';

describe('a client with a keyboard', { timeout: 600_000 }, () => {
	let studio, browser, mara, owner, james, album, stop;

	before(async () => {
		({ studio, browser, mara, owner, james, album, stop } = await openDemo({ money: true }));
	});

	after(() => stop?.());

	/**
	 * A test with the portal open and signed in. It fails on any error or warning of the browser.
	 *
	 * @param {string} name
	 * @param {string} path
	 * @param {(page: any) => unknown} walk
	 * @param {{ kept?: () => object, expected?: RegExp }} [options]
	 */
	const journey = (name, path, walk, { kept, expected } = {}) =>
		test(name, async () => {
			const page = await open(browser, studio, { kept: kept?.() ?? { greenroom: mara } });
			await walkThrough(page, walk, { path, expected });
		});

	const find = (collection, filter) => james.collection(collection).getFirstListItem(filter);
	const status = (page) => page.getByRole('status');

	journey(
		'signs in with a code, and comes to the page that was asked for',
		'/bookings',
		async (page) => {
			assert.match(page.url(), /sign-in/);
			await press(page, 'button', 'Send me a code');
			await page.getByText('Enter your email address, such as').waitFor();
			assert.equal(
				await page
					.getByRole('textbox', { name: 'Email address' })
					.evaluate((field) => field === document.activeElement),
				true
			);
			await write(page, 'Email address', email);
			await page.keyboard.press('Enter');
			await page.getByRole('heading', { name: 'Enter your code' }).waitFor();
			const code = await studio.codeFor(email);
			await write(page, /Code from the email/, code === '00000000' ? '11111111' : '00000000');
			await page.keyboard.press('Enter');
			await page.getByText('That code does not work').waitFor();
			await write(page, /Code from the email/, `${code.slice(0, 4)} ${code.slice(4)}`); // as people write it down
			await page.keyboard.press('Enter');
			await page.getByRole('heading', { name: 'Bookings' }).waitFor();
			assert.match(page.url(), /\/bookings$/);
		},
		{ kept: () => ({}), expected: /400/ }
	);

	journey('reads the briefing, and goes on to a project', '/', async (page) => {
		await page.getByRole('heading', { name: /^Good (morning|afternoon|evening), Mara$/ }).waitFor();
		await page.getByText(/^\d+ things are waiting for you\.$/).waitFor();
		await page.getByText('£640.00 to pay', { exact: true }).waitFor();
		const join = await tabTo(page, 'link', 'Join “Mix review: side B”');
		assert.match(await join.getAttribute('href'), /^https:\/\/meet\.example\//);
		await press(page, 'link', '“Slow Thaw”: mixing and mastering the second album');
		const heading = page.getByRole('heading', { level: 1, name: /Slow Thaw/ });
		await heading.waitFor();
		await focusIs(page, /Slow Thaw/);
		assert.match(await page.title(), /^“Slow Thaw”: .* – Projects – Greenroom$/);
		await page.goBack();
		await page.getByRole('heading', { level: 1, name: /Mara/ }).waitFor();
	});

	journey('skips to the content', '/', async (page) => {
		await page.keyboard.press('Tab');
		await focusIs(page, 'Skip to the content');
		await page.keyboard.press('Enter');
		assert.equal(await page.evaluate(() => document.activeElement?.id), 'main');
	});

	journey('ticks an action item and takes the tick back', '/', async (page) => {
		const readAnew = page.waitForResponse(/\/api\/portal\/overview/);
		await press(page, 'button', 'Mark “Decide the order of side B” as done');
		await status(page).getByText('“Decide the order of side B” is marked as done.').waitFor();
		const untick = page.getByRole('button', { name: 'Unmark “Decide the order of side B”' });
		await untick.waitFor();
		await readAnew;
		assert.equal(await untick.evaluate((button) => button === document.activeElement), true, 'the focus stays');
		assert.notEqual((await find('action_items', "title = 'Decide the order of side B'")).completedAt, '');
		await page.keyboard.press('Enter');
		await page.getByRole('button', { name: 'Mark “Decide the order of side B” as done' }).waitFor();
		await status(page).getByText('is open again').waitFor();
		assert.equal((await find('action_items', "title = 'Decide the order of side B'")).completedAt, '');
	});

	journey(
		'writes, changes and deletes a comment; a draft survives a reload',
		'/',
		async (page) => {
			const { id } = album;
			await page.goto(`/projects/${id}`);
			await openThread(page, 'Mixes of side B');
			await write(page, 'Your comment on “Mixes of side B”', 'Shall we begin with the quiet ones?');
			await page.reload();
			await page.getByRole('heading', { level: 1 }).waitFor();
			await openThread(page, 'Mixes of side B');
			const field = await tabTo(page, 'textbox', 'Your comment on “Mixes of side B”');
			assert.equal(await field.inputValue(), 'Shall we begin with the quiet ones?');

			await page.route('**/api/collections/comments/records', (route) => route.abort(), { times: 1 });
			await page.keyboard.press('Control+Enter');
			await page.getByText('Your comment was not sent; the words are kept here.').waitFor();
			assert.equal(await field.inputValue(), 'Shall we begin with the quiet ones?');
			await page.keyboard.press('Control+Enter');
			await page.keyboard.press('Control+Enter'); // pressed twice, it sends one comment
			await status(page).getByText('Your comment is sent.').waitFor();
			assert.equal(await page.getByText('Shall we begin with the quiet ones?').count(), 1);
			assert.equal(await field.inputValue(), '');

			await press(page, 'button', /^Edit your comment “Shall we begin/, { back: true });
			await write(page, 'Your comment, changed', 'Shall we begin with “Lantern”?');
			await page.keyboard.press('Control+Enter');
			await status(page).getByText('Your comment is changed.').waitFor();
			await page
				.getByText(/edited/)
				.last()
				.waitFor();
			await press(page, 'button', /^Delete your comment “Shall we begin/);
			await page.getByText('You deleted this comment.').last().waitFor();
			await focusIs(page, 'Put its words back into the form');
			await page.keyboard.press('Enter');
			assert.equal(await field.inputValue(), 'Shall we begin with “Lantern”?');
		},
		{ expected: /Failed to load resource: net::ERR_FAILED/ }
	);

	journey('approves, after a confirmation', '/', async (page) => {
		await press(page, 'link', 'Review “Scene file for the desk”');
		await page.getByRole('heading', { level: 1, name: /Autumn tour/ }).waitFor();
		await press(page, 'button', 'Approve “Scene file for the desk”');
		const dialog = page.getByRole('dialog', { name: 'Approve version 1 of “Scene file for the desk”?' });
		await dialog.waitFor();
		await focusIs(page, 'Not yet'); // Enter held too long approves nothing
		await page.keyboard.press('Escape');
		assert.equal(await page.evaluate(() => document.activeElement?.ariaLabel), 'Approve “Scene file for the desk”');
		await page.keyboard.press('Enter');
		await press(page, 'button', 'Yes, approve “Scene file for the desk”');
		await status(page).getByText('“Scene file for the desk” is approved. James is told.').waitFor();
		await focusIs(page, 'Scene file for the desk');
		assert.equal((await find('deliverables', "title = 'Scene file for the desk'")).status, 'APPROVED');
	});

	journey(
		'asks for changes, and hears when the server says no',
		'/',
		async (page) => {
			const { id } = album;
			await page.goto(`/projects/${id}`);
			await press(page, 'button', 'Ask for changes to “Mix: ‘Tidewater’”');
			assert.equal(await page.evaluate(() => document.activeElement?.tagName), 'TEXTAREA');
			await page.keyboard.press('Tab');
			await page.keyboard.press('Enter');
			await page.getByText('Say what should change.').waitFor();
			await write(page, 'What should change in “Mix: ‘Tidewater’”?', 'A longer fade after all.');
			await page.route('**/api/collections/deliverables/records/*', (route) => route.abort(), { times: 1 });
			await press(page, 'button', 'Send to James what should change');
			await page.getByText('“Mix: ‘Tidewater’” stays as it was.').waitFor();
			await press(page, 'button', 'Send to James what should change', { back: true });
			await status(page).getByText('James is told what should change in “Mix: ‘Tidewater’”.').waitFor();
			const saved = await find('deliverables', "title ~ 'Tidewater'");
			assert.deepEqual([saved.status, saved.feedback], ['IN_PROGRESS', 'A longer fade after all.']);
		},
		{ expected: /Failed to load resource: net::ERR_FAILED/ }
	);

	journey('hears what James writes, without losing the place', '/', async (page) => {
		const project = album;
		const milestone = await find('milestones', `project = '${project.id}' && title = 'Mixes of side B'`);
		await Promise.all([page.goto(`/projects/${project.id}`), becomesLive(page)]);
		const tick = await tabTo(page, 'button', 'Mark “Ready to play live with the same sounds” as done');
		await Promise.all(
			['I start tonight.', 'With “Lantern”.'].map((body) =>
				james.collection('comments').create({ milestone: milestone.id, body })
			)
		);
		await status(page)
			.getByText(/James posted (2 comments|a comment) on “Mixes of side B”\./)
			.waitFor();
		await page.getByText('With “Lantern”.').waitFor();
		assert.equal(await tick.evaluate((button) => button === document.activeElement), true);
		await james.collection('milestones').update(milestone.id, { status: 'ACTIVE' });
		await status(page).getByText('Milestone “Mixes of side B”: in progress.').waitFor();
	});

	journey('goes on writing in the search field while James writes', '/search?q=mix', async (page) => {
		const milestone = await find('milestones', `project = '${album.id}' && title = 'Mixes of side B'`);
		await Promise.all([page.reload(), becomesLive(page)]);
		const field = await tabTo(page, 'searchbox', 'Words to look for');
		await page.keyboard.press('End');
		await page.keyboard.type(' of side');
		for (const _ of 'side') await page.keyboard.press('ArrowLeft');
		const readAnew = page.waitForResponse(/\/api\/portal\/search/);
		await james.collection('comments').create({ milestone: milestone.id, body: 'A mix for the car.' });
		await status(page)
			.getByText(/James posted a comment/)
			.waitFor();
		await readAnew;
		await page.getByText('for the car.').waitFor();
		await page.keyboard.type('the ');
		assert.deepEqual(
			await field.evaluate((field) => [field.value, field.selectionStart, field === document.activeElement]),
			['mix of the side', 11, true]
		);
	});

	journey('plays a mix, and changes its speed', '/', async (page) => {
		const { id } = album;
		await page.goto(`/projects/${id}`);
		await press(page, 'button', 'Play “Eleven Letters, mix 5.wav”');
		const player = page.getByRole('group', { name: 'Player of “Eleven Letters, mix 5.wav”' }).first();
		await player.waitFor();
		await page.waitForFunction(() => [...document.querySelectorAll('audio')].some((audio) => audio.currentTime > 0));
		await tabTo(page, 'combobox', 'Speed of “Eleven Letters, mix 5.wav”');
		await page.keyboard.press('ArrowDown');
		assert.equal(await player.locator('audio').evaluate((audio) => audio.playbackRate), 1.25);
	});

	journey(
		'sends a file over a line that is cut',
		'/',
		async (page) => {
			const { id } = album;
			await page.goto(`/projects/${id}`);
			let pieces = 0;
			await page.route('**/api/portal/uploads/*', (route) =>
				route.request().method() === 'PATCH' && ++pieces === 1 ? route.abort() : route.continue()
			);
			const chooser = page.waitForEvent('filechooser');
			await press(page, 'button', 'Choose files for James');
			await (
				await chooser
			).setFiles({
				name: 'A take from the tour bus.wav',
				mimeType: 'audio/wav',
				buffer: Buffer.concat([Buffer.from('RIFF\x24\0\0\0WAVEfmt '), Buffer.alloc(300_000)])
			});
			await page.getByText('Trying again').waitFor();
			await press(page, 'button', 'Pause “A take from the tour bus.wav”');
			await page.getByText('Paused').waitFor();
			await page.keyboard.press('Enter'); // the same button resumes, and still has the focus
			await status(page).getByText('“A take from the tour bus.wav” is with James.').waitFor();
			await page.getByRole('button', { name: 'Download “A take from the tour bus.wav”' }).waitFor();
			assert.equal((await find('attachments', "filename = 'A take from the tour bus.wav'")).size, 300_016);
			page.on('dialog', (dialog) => dialog.accept());
			await press(page, 'button', 'Delete “A take from the tour bus.wav”');
			await status(page).getByText('“A take from the tour bus.wav” is deleted.').waitFor();
		},
		{ expected: /ERR_FAILED/ }
	);

	journey('finds what to pay and the receipts', '/invoices', async (page) => {
		await page.getByRole('table', { name: /Your invoices and payments/ }).waitFor();
		const pay = await tabTo(page, 'link', 'Pay INV-0042, £640.00');
		assert.equal(await pay.getAttribute('href'), 'https://invoice.stripe.com/i/in_4');
		await tabTo(page, 'link', 'Receipt for INV-0038');
		await page.getByRole('row', { name: /INV-0031 .*Cancelled.*¥48,000/ }).waitFor();
	});

	journey('asks for earlier meetings', '/bookings', async (page) => {
		const before = await page.getByRole('heading', { level: 3 }).count();
		await press(page, 'button', 'Show earlier meetings');
		await status(page)
			.getByText(/more meetings? shown/)
			.waitFor();
		assert.ok((await page.getByRole('heading', { level: 3 }).count()) > before);
	});

	journey(
		'keeps what they were writing when the server ends the sign-in',
		'/',
		async (page) => {
			const { id } = album;
			await page.goto(`/projects/${id}`);
			await openThread(page, 'Test pressing signed off');
			await write(page, 'Your comment on “Test pressing signed off”', 'Half a thought');
			await page.route('**/api/**', (route) =>
				route.fulfill({ status: 401, json: { status: 401, message: 'No.', data: {} } })
			);
			await page.reload();
			await page.getByText('Your sign-in has ended. Anything you were writing is kept here.').waitFor();
			assert.ok((await page.evaluate(() => Object.values(localStorage))).includes('Half a thought'));
		},
		{ expected: /401/ }
	);

	journey(
		'goes on reading while the server restarts',
		'/projects',
		async (page) => {
			await page.getByRole('link', { name: /Slow Thaw/ }).waitFor();
			await page.route('**/api/**', (route) => route.fulfill({ status: 502, body: '' }));
			await page.reload();
			await page.getByRole('link', { name: /Slow Thaw/ }).waitFor();
			await page
				.getByText(/You are reading this page as it was/)
				.first()
				.waitFor();
		},
		{ expected: /502/ }
	);

	journey('changes their name', '/settings', async (page) => {
		await write(page, 'Your name', 'Mara L.');
		await page.keyboard.press('Enter');
		await status(page).getByText('Your name is saved.').waitFor();
		await write(page, 'Your name', ' ');
		await page.keyboard.press('Enter');
		await page.getByText('Enter your name.').waitFor();
		await write(page, 'Your name', 'Mara Lindqvist');
		await page.keyboard.press('Enter');
		await status(page).getByText('Your name is saved.').waitFor();
	});

	journey('chooses one mail a day, in the evening', '/settings', async (page) => {
		await tabTo(page, 'radio', 'A mail for each piece of news');
		await page.keyboard.press('ArrowDown');
		await tabTo(page, 'combobox', 'At what hour the daily mail comes');
		await page.keyboard.type('19');
		await press(page, 'button', 'Save which mail you get');
		await status(page).getByText('Your choice is saved.').waitFor();
		const { notices, digestAt } = await find('clients', `id = '${mara.record.id}'`);
		assert.deepEqual({ notices, digestAt }, { notices: 'daily', digestAt: '19:00' });
	});

	journey('takes their data along', '/settings', async (page) => {
		const download = page.waitForEvent('download');
		await press(page, 'button', 'Download my data');
		const file = await download;
		assert.equal(file.suggestedFilename(), 'portal-data.json');
		await status(page).getByText('Your data is in your downloads.').waitFor();
	});

	journey(
		'meets a page that is not there',
		'/projects/aaaaaaaaaaaaaaa',
		async (page) => {
			await page.getByRole('heading', { name: 'Page not found' }).waitFor();
			await page.getByText('This page does not exist or you do not have access.').waitFor();
			await press(page, 'link', 'Go to the dashboard');
			await page.getByRole('heading', { level: 1, name: /Mara/ }).waitFor();
		},
		{ expected: /404/ }
	);

	journey(
		'is looked at by the owner, who can change nothing',
		'/sign-in',
		async (page) => {
			await page.goto(`/?as=${mara.record.id}`);
			await page.getByText('You are looking at the portal as Mara Lindqvist sees it.').waitFor();
			await press(page, 'link', '“Slow Thaw”: mixing and mastering the second album');
			await page.getByRole('heading', { level: 1, name: /Slow Thaw/ }).waitFor();
			assert.match(page.url(), new RegExp(`as=${mara.record.id}`));
			for (const name of [/^Mark/, /^Approve/, /^Ask for/, /^Send/, /^Edit/, /^Delete/])
				assert.equal(await page.getByRole('button', { name }).count(), 0, String(name));
			assert.equal(await page.getByRole('textbox').count(), 0);
			assert.equal(
				await page.evaluate(() => JSON.parse(localStorage.getItem('__pb_superusers__/_')).record.collectionName),
				'_superusers'
			);
		},
		{ kept: () => ({ '__pb_superusers__/_': owner }) }
	);

	// The last test, because it ends the sign-in that the others use.
	journey('signs out everywhere', '/settings', async (page) => {
		await press(page, 'button', 'Sign out everywhere');
		await page.getByRole('heading', { name: 'Sign in' }).waitFor();
		const answer = await fetch(`${studio.url}/api/portal/overview`, { headers: { Authorization: mara.token } });
		assert.equal(answer.status, 401);
		assert.deepEqual(await page.evaluate(() => Object.keys(localStorage)), []);
	});
});
