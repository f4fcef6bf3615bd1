// Comments about moments of a recording: in the listening room, below the native player of the project's page, and in the
// Studio's listening room.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { focusIs, open, press, showAs, tabTo, write } from './browser.mjs';
import { smallTargets, violations } from './examine.mjs';
import { leave, openRoom, place, plays, sound } from './room.mjs';
import { examine, openStudio } from './studio-kit.mjs';

describe('moments of a recording', { timeout: 600_000 }, () => {
	let room;

	before(async () => {
		room = await openRoom();
	});

	after(() => room?.stop());

	const visit = (name, walk) => test(name, () => room.visit(walk));
	const status = (page) => page.getByRole('status');

	visit('is marked at a moment and over a stretch, which is then repeated', async (page) => {
		await leave(page);
		await page.keyboard.press('Space');
		await plays(page);
		await page.getByRole('button', { name: 'Comment at this moment' }).waitFor();
		await page.keyboard.press('ArrowRight');
		await page.waitForFunction(() => window.heard().currentTime > 5);
		await page.keyboard.press('c');
		assert.equal(await sound(page, (audio) => audio.paused), true, 'a comment pauses');
		const at = await place(page);
		const field = page.getByRole('textbox', { name: /^Your comment at 0:0\d$/ });
		await field.waitFor();
		await page.waitForFunction(() => document.activeElement?.tagName === 'TEXTAREA');
		await page.keyboard.insertText('The snare is late, c n p 1?'); // keys are text in a field
		await page.keyboard.type(' l,.');
		await page.reload();
		await page.waitForFunction(() => window.heard()?.readyState > 0);
		assert.equal(await field.inputValue(), 'The snare is late, c n p 1? l,.', 'words survive a reload');
		await tabTo(page, 'textbox', /^Your comment at/);
		await page.keyboard.press('Control+Enter');
		await status(page)
			.getByText(/^Your comment at 0:0\d is sent\.$/)
			.waitFor();
		const first = await room.find('comments', "body ~ 'The snare is late'");
		assert.equal(first.timed, true);
		assert.ok(Math.abs(first.atMs / 1000 - at) < 0.05, `${first.atMs} ms is where it was paused, ${at} s`);
		assert.deepEqual([first.untilMs, first.attachment], [0, room.versions[1].id]);
		await page.getByText(/^0:0\d, Mara Lindqvist: The snare is late/).waitFor();
		await focusIs(page, /^Comment at 0:0\d$/);

		await page.keyboard.press('Enter');
		await write(page, 'From', '1:10');
		await write(page, 'Until', '1:09');
		await page.keyboard.press('Enter');
		await page.getByText('Write something first.').waitFor();
		await write(page, 'Your comment at 1:10', 'Too loud here');
		await press(page, 'button', 'Send your comment');
		await page.getByText('The end comes after the beginning.').waitFor();
		await write(page, 'Until', '9:00');
		await press(page, 'button', 'Send your comment');
		await page.getByText('The recording ends at 1:40.').waitFor();
		await write(page, 'Until', '1:11');
		page.once('dialog', (dialog) => dialog.dismiss());
		await page.keyboard.press('Escape'); // asks first, from any field
		assert.equal(await page.getByRole('textbox', { name: 'Your comment at 1:10' }).inputValue(), 'Too loud here');
		await page.keyboard.press('Control+Enter');
		await page.getByText('1:10 to 1:11, Mara Lindqvist: Too loud here').waitFor();
		const stretch = await room.find('comments', "body = 'Too loud here'");
		assert.deepEqual([stretch.atMs, stretch.untilMs], [70_000, 71_000]);

		await page.evaluate(() => {
			window.returns = [];
			const audio = window.heard();
			audio.addEventListener('seeking', () => window.returns.push(audio.currentTime));
		});
		await press(page, 'button', 'Play 1:10 to 1:11');
		await page.waitForFunction(() => window.returns.filter((at) => Math.abs(at - 70) < 0.01).length >= 3); // the jump to it, and two repetitions
		assert.ok((await place(page)) < 71.3);
		await leave(page);
		await page.keyboard.press('l');
		await page.waitForFunction(() => window.heard().currentTime > 71.5);
		await press(page, 'button', /^Play from 0:0/);
		await page.waitForFunction((at) => Math.abs(window.heard().currentTime - at) < 2, first.atMs / 1000);
		assert.equal(await sound(page, (audio) => audio.paused), false);

		await press(page, 'button', 'More for “Too loud here”');
		await press(page, 'button', 'Edit your comment “Too loud here”');
		await write(page, 'Your comment, changed', 'Much too loud here');
		await page.keyboard.press('Control+Enter');
		await page.getByText('1:10 to 1:11, Mara Lindqvist: Much too loud here').waitFor();
		await focusIs(page, 'Edit', 'the focus is back at what opened the form');
		page.on('dialog', (dialog) => dialog.accept());
		await press(page, 'button', 'Delete your comment “Much too loud here”');
		await status(page).getByText('Your comment is deleted.').waitFor();
		assert.equal(await page.getByText('Much too loud here').count(), 0);
	});

	visit(
		'shows what is written elsewhere in its place, says it once the sound rests, and leaves the focus where it is',
		async (page) => {
			await room.mark('Later', 30_000);
			await status(page).getByText('James posted a comment on “Mix: ‘Ferry’”.').waitFor();
			const before = await status(page).textContent();
			const later = await tabTo(page, 'button', 'Play from 0:30');
			await page.keyboard.press('Enter');
			await plays(page);
			await room.mark('Earlier', 10_000);
			await room.mark('Of the first one', 5000, 0, room.versions[0]);
			await page.getByText('0:10, James: Earlier').waitFor();
			assert.deepEqual(
				await page
					.getByRole('listitem')
					.getByRole('button', { name: /^Play from/ })
					.allInnerTexts(),
				['Play from 0:10', 'Play from 0:30']
			);
			await page.getByText('1 mark', { exact: true }).waitFor();
			assert.equal(await later.evaluate((button) => button === document.activeElement), true);
			await leave(page);
			assert.equal(await status(page).textContent(), before, 'nothing speaks over the sound');
			await page.keyboard.press('Space');
			await status(page)
				.getByText(/James posted 2 comments on “Mix: ‘Ferry’”\./)
				.waitFor();

			await tabTo(page, 'checkbox', 'Say the marks while the sound plays');
			await page.keyboard.press('Space');
			await leave(page);
			await page.keyboard.press('p');
			await page.keyboard.press('p');
			await page.keyboard.press(',');
			await page.keyboard.press('Space');
			await status(page).getByText('0:10, James: Earlier').waitFor();
		}
	);

	test('can be looked at, and changed by nobody, as the client', async () => {
		const page = await room.opened({ '__pb_superusers__/_': room.owner });
		try {
			await page.goto(`/projects/${room.project.id}/listen/${room.deliverable.id}?as=${room.mara.record.id}`);
			await page.waitForFunction(() => window.heard()?.readyState > 0);
			assert.equal(await page.getByRole('button', { name: /^Comment/ }).count(), 0);
			await leave(page);
			await page.keyboard.press('c');
			assert.equal(await page.getByRole('textbox').count(), 0);
		} finally {
			await page.context().close();
		}
	});

	test('are commented under the player, and a newer version does not take it away', async () => {
		await room.unmark();
		const page = await open(room.browser, room.studio, { kept: { greenroom: room.mara } });
		try {
			await page.goto(`/projects/${room.project.id}`);
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
			const made = await room.find('comments', "body = 'The snare is late'");
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
			await room.deliver('Ferry, mix 3.wav');
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
			room.james.collection('comments').create({ deliverable: room.deliverable.id, body, ...more });
		await say('The first word', { timed: true, atMs: 80_000, untilMs: 0 });
		for (let n = 0; n < 51; n++) await say(`and another, ${n}`);
		const page = await open(room.browser, room.studio, { kept: { greenroom: room.mara } });
		try {
			await page.goto(`/projects/${room.project.id}`);
			await press(page, 'button', 'Play “Ferry, mix 3.wav”');
			await page.getByText('1:20, James: The first word', { exact: true }).waitFor();
		} finally {
			await page.context().close();
		}
	});

	test('are heard and answered in the Studio', async () => {
		const page = await openStudio(room.browser, room.studio, room.owner, `projects/${room.project.id}`);
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
