// Comments about moments where a recording is delivered: below the native player of the project's page, and in the
// Studio's listening room.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { focusIs, open, press, showAs, write } from './browser.mjs';
import { openDemo } from './demo.mjs';
import { smallTargets, violations } from './examine.mjs';
import { deliver, tone, wav } from './sounds.mjs';
import { examine, openStudio } from './studio-kit.mjs';

describe('moments of a recording', { timeout: 600_000 }, () => {
	let studio, browser, mara, owner, james, project, deliverable, stop;

	before(async () => {
		({ studio, browser, mara, owner, james, album: project, stop } = await openDemo());
		deliverable = await james
			.collection('deliverables')
			.create({ project: project.id, title: 'Mix: “Ferry”', status: 'IN_PROGRESS' });
		await send('Ferry, mix 1.wav');
		await send('Ferry, mix 2.wav');
	});

	after(() => stop?.());

	const send = (filename) =>
		deliver(studio, owner.token, {
			project: project.id,
			deliverable: deliverable.id,
			filename,
			content: wav(100, tone(440, 0.2))
		});

	const status = (page) => page.getByRole('status');

	test('are commented under the player, and a newer version does not take it away', async () => {
		const page = await open(browser, studio, { kept: { greenroom: mara } });
		try {
			await page.goto(`/projects/${project.id}`);
			const section = page.getByRole('listitem').filter({ has: page.getByRole('heading', { name: 'Mix: “Ferry”' }) });
			await press(page, 'button', 'Play “Ferry, mix 2.wav”');
			const audio = section.locator('audio');
			await page.waitForFunction(() => document.querySelector('audio')?.currentTime > 0.2);
			await press(page, 'button', 'Comment at this moment on “Mix: ‘Ferry’”');
			assert.equal(await audio.evaluate((player) => player.paused), true, 'a comment pauses');
			const at = await audio.evaluate((player) => player.currentTime);
			await page.getByRole('textbox', { name: /^Your comment at 0:0\d$/ }).waitFor();
			await page.waitForFunction(() => document.activeElement?.tagName === 'TEXTAREA');
			await page.keyboard.insertText('The snare is late');
			await write(page, 'Until', '0:30');
			await press(page, 'button', 'Send your comment');
			await status(page)
				.getByText(/^Your comment at 0:0\d is sent\.$/)
				.waitFor();
			await focusIs(page, /^Comment at 0:0\d on “Mix: ‘Ferry’”$/);
			const made = await james.collection('comments').getFirstListItem("body = 'The snare is late'");
			assert.ok(Math.abs(made.atMs / 1000 - at) < 0.05 && made.untilMs === 30_000, JSON.stringify(made));
			await section.getByRole('heading', { name: 'Marks on version 2 of “Mix: ‘Ferry’”' }).waitFor();
			await section.getByText(/^0:0\d to 0:30, Mara Lindqvist: The snare is late$/).waitFor();
			await section.getByText(/, on version 2, at 0:0\d to 0:30/).waitFor({ state: 'attached' }); // in the conversation, which is folded
			await press(page, 'button', /^Play from 0:0/);
			await page.waitForFunction(() => !document.querySelector('audio').paused);

			for (const look of [
				{ scheme: 'dark', width: 320, height: 640 },
				{ scheme: 'light', width: 1280, height: 900 }
			]) {
				await showAs(page, look);
				assert.deepEqual(await violations(page), [], JSON.stringify(look));
				assert.deepEqual(await smallTargets(page), [], JSON.stringify(look));
				assert.ok((await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)) <= 0);
			}

			await section.evaluate((item) => (item.querySelector('audio').kept = true));
			await send('Ferry, mix 3.wav');
			await section.getByText('Version 3 has arrived.').waitFor();
			assert.equal(await audio.evaluate((player) => player.kept && !player.paused), true, 'what plays goes on');
			await press(page, 'button', 'Show version 3 of “Mix: ‘Ferry’”');
			await section.getByRole('heading', { name: 'Version 3, current' }).waitFor();
			await focusIs(page, 'Mix: “Ferry”');
			assert.deepEqual(page.complaints, []);
		} finally {
			await page.context().close();
		}
	});

	test('are all listed under the player, however long the conversation is', async () => {
		const say = (body, more = {}) =>
			james.collection('comments').create({ deliverable: deliverable.id, body, ...more });
		await say('The first word', { timed: true, atMs: 80_000, untilMs: 0 });
		for (let n = 0; n < 51; n++) await say(`and another, ${n}`);
		const page = await open(browser, studio, { kept: { greenroom: mara } });
		try {
			await page.goto(`/projects/${project.id}`);
			await press(page, 'button', 'Play “Ferry, mix 3.wav”');
			await page.getByText('1:20, James: The first word', { exact: true }).waitFor();
		} finally {
			await page.context().close();
		}
	});

	test('are heard and answered in the Studio', async () => {
		const page = await openStudio(browser, studio, owner, `projects/${project.id}`);
		try {
			await press(page, 'link', 'Listen and comment to “Mix: ‘Ferry’”');
			await page.getByRole('heading', { level: 1, name: 'Listen to “Mix: ‘Ferry’”' }).waitFor();
			await page.waitForFunction(
				() => [...document.querySelectorAll('audio')].find(({ controls }) => controls)?.readyState > 0
			);
			const at = (seconds) =>
				page.waitForFunction(
					(seconds) =>
						Math.abs([...document.querySelectorAll('audio')].find(({ controls }) => controls).currentTime - seconds) <
						0.01,
					seconds
				);
			await page.locator('h1').focus();
			await page.keyboard.press('ArrowRight');
			await at(5);
			await page.keyboard.press('c'); // the room's key, and not the Studio's for its clients
			await page.getByRole('textbox', { name: 'Your comment at 0:05' }).waitFor();
			await page.waitForFunction(() => document.activeElement?.tagName === 'TEXTAREA');
			await page.keyboard.insertText('I moved it 20 ms');
			await page.keyboard.press('Control+Enter');
			await page.getByText('0:05, James: I moved it 20 ms').waitFor();
			await page.keyboard.press('?');
			await page.getByRole('dialog', { name: 'Keys of the listening room' }).waitFor();
			await page.keyboard.press('Escape');
			for (const look of [
				{ scheme: 'dark', width: 320, height: 640 },
				{ scheme: 'light', width: 1280, height: 900 }
			]) {
				await showAs(page, look);
				await examine(page, JSON.stringify(look));
			}
			await press(page, 'link', /^Back to/);
			await page.getByRole('heading', { level: 1, name: /Slow Thaw/ }).waitFor();
		} finally {
			await page.context().close();
		}
	});
});
