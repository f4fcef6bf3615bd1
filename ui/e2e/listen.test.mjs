// The listening room by keyboard with real recordings: playing, keys, versions, and every width. Comments about its
// moments are in moments.test.mjs.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { focusIs, press, showAs, tabTo } from './browser.mjs';
import { compareTree, smallTargets, violations } from './examine.mjs';
import { leave, openRoom, place, plays, sound } from './room.mjs';

describe('the listening room', { timeout: 600_000 }, () => {
	let room;

	before(async () => {
		room = await openRoom();
	});

	after(() => room?.stop());

	const visit = (name, walk) => test(name, () => room.visit(walk));
	const status = (page) => page.getByRole('status');

	test('is found from the deliverable', async () => {
		const page = await room.opened({ greenroom: room.mara });
		try {
			await page.goto(`/projects/${room.project.id}`);
			await press(page, 'link', 'Listen and comment to “Mix: ‘Ferry’”');
			await page.getByRole('heading', { level: 1, name: 'Listen to “Mix: ‘Ferry’”' }).waitFor();
			await focusIs(page, 'Listen to “Mix: ‘Ferry’”');
			await page.getByText('Nobody has said anything about a moment of it yet.').waitFor();
			await press(page, 'link', /^Back to/);
			await page.getByRole('heading', { level: 1, name: /Slow Thaw/ }).waitFor();
		} finally {
			await page.context().close();
		}
	});

	visit('obeys single keys, and does not where they are switched off', async (page) => {
		await room.mark('Breath', 20_000);
		await room.mark('Bass', 40_000, 42_000);
		await page.getByText('0:40 to 0:42, James: Bass').waitFor();
		await leave(page);
		const at = (seconds) =>
			page.waitForFunction((seconds) => Math.abs(window.heard().currentTime - seconds) < 0.01, seconds);
		await page.keyboard.press('n');
		await at(20);
		await status(page).getByText('0:20, James: Breath').waitFor();
		await page.keyboard.press('n');
		await at(40);
		await page.keyboard.press('n');
		await status(page).getByText('There is no mark after 0:40.').waitFor();
		await page.keyboard.press('p');
		await at(20);
		await page.keyboard.press(',');
		await at(19);
		await page.keyboard.press('.');
		await at(20);
		await page.keyboard.press('ArrowLeft');
		await at(15);
		await status(page).getByText('0:15').waitFor();
		await page.keyboard.press('ArrowRight');
		await at(20);
		await page.keyboard.press('n');
		await at(40);
		await page.keyboard.press('l');
		await page.getByRole('button', { name: 'Stop repeating 0:40 to 0:42' }).waitFor();
		await plays(page);
		await page.keyboard.press('l');
		await page.keyboard.press('Space');
		assert.equal(await sound(page, (audio) => audio.paused), true);
		await page.evaluate(() => {
			const press = () => new KeyboardEvent('keydown', { key: ' ', bubbles: true, cancelable: true });
			for (let i = 0; i < 2; i++) document.activeElement.dispatchEvent(press());
		});
		assert.equal(
			await sound(page, (audio) => audio.paused),
			true,
			'a press counts before the player tells of the last'
		);

		await page.keyboard.press('?');
		const list = page.getByRole('dialog', { name: 'Keys of the listening room' });
		await list.waitFor();
		await list.getByRole('row', { name: 'L Repeats the stretch of a mark, or stops repeating it' }).waitFor();
		const before = await place(page);
		await page.keyboard.press('ArrowRight');
		await tabTo(page, 'checkbox', 'Use these keys');
		await page.keyboard.press('Space');
		await page.keyboard.press('Escape');
		await leave(page);
		for (const key of ['Space', 'ArrowRight', 'n', 'c', '?', '1']) await page.keyboard.press(key);
		assert.deepEqual(
			[await place(page), await page.getByRole('textbox').count(), await page.getByRole('dialog').count()],
			[before, 0, 0]
		);
		assert.equal(await sound(page, (audio) => audio.paused), true);
		await page.reload();
		await press(page, 'button', 'Keys');
		await tabTo(page, 'checkbox', 'Use these keys');
		await page.keyboard.press('Space');
		await page.keyboard.press('Escape');
		await leave(page);
		await page.keyboard.press('n');
		await at(20);
	});

	visit('switches between versions without a gap or another place', async (page) => {
		await leave(page);
		await page.keyboard.press('Space');
		await page.waitForFunction(() => window.heard().currentTime > 1);
		await page.waitForFunction(() => [...document.querySelectorAll('audio')].every((audio) => audio.readyState === 4)); // both are loaded in advance
		await page.evaluate(() => {
			window.changes = [];
			for (const audio of document.querySelectorAll('audio')) {
				for (const type of ['playing', 'pause'])
					audio.addEventListener(type, () =>
						window.changes.push({
							type,
							at: performance.now(),
							others: [...document.querySelectorAll('audio')].map(({ currentTime }) => currentTime)
						})
					);
			}
		});
		for (const version of [1, 2, 1]) {
			await page.evaluate(() => (window.changes.length = 0));
			await page.keyboard.press(String(version));
			await page.waitForFunction(
				() =>
					window.changes.some(({ type }) => type === 'pause') && window.changes.some(({ type }) => type === 'playing')
			);
			const changes = await page.evaluate(() => window.changes);
			const [begun, ended] = ['playing', 'pause'].map((type) => changes.find((change) => change.type === type));
			assert.ok(begun.at - ended.at < 100, `${begun.at - ended.at} ms without sound`);
			const [a, b] = ended.others;
			assert.ok(Math.abs(a - b) < 0.05, `${(a - b) * 1000} ms apart`);
			await status(page).getByText(`Version ${version}`).waitFor();
			assert.equal(await page.locator('audio').evaluateAll((all) => all.filter((audio) => !audio.paused).length), 1);
		}
		await page.keyboard.press('Space');
		const stopped = await place(page);
		await press(page, 'button', 'Switch to version 2');
		await page.getByRole('group', { name: 'Player of version 2, “Ferry, mix 2.wav”' }).waitFor();
		assert.ok(Math.abs((await place(page)) - stopped) < 0.05, 'a pause keeps the place as well');
		assert.equal(await page.locator('button[aria-current]').innerText(), 'Version 2');
	});

	visit('plays versions equally loud, by turning the louder one down', async (page) => {
		// The level of the sound that the player puts out, in decibels.
		await page.evaluate(() => {
			const context = new AudioContext();
			window.levels = [...document.querySelectorAll('audio')].map((audio) => {
				const analyser = new AnalyserNode(context, { fftSize: 32_768 });
				context.createMediaElementSource(audio).connect(analyser).connect(context.destination);
				return () => {
					const samples = new Float32Array(analyser.fftSize);
					analyser.getFloatTimeDomainData(samples);
					return 20 * Math.log10(samples.reduce((most, sample) => Math.max(most, Math.abs(sample)), 0));
				};
			});
		});
		const playing = () => page.locator('audio').evaluateAll((all) => all.findIndex((audio) => !audio.paused));
		const level = async () => {
			const begun = await place(page);
			await page.waitForFunction((begun) => window.heard().currentTime > begun + 1, begun);
			return page.evaluate((i) => window.levels[i](), await playing());
		};
		await page.getByText(/^Loudness −\d+\.\d LUFS, true peak −8\.0 decibels$/).waitFor();
		await leave(page);
		await page.keyboard.press('Space');
		await plays(page);
		const second = await level();
		await page.keyboard.press('1');
		await status(page).getByText('Version 1', { exact: true }).waitFor();
		await page.waitForFunction(
			() => [...document.querySelectorAll('audio')].filter((audio) => !audio.paused).length === 1
		);
		assert.equal(await playing(), 0);
		const first = await level();
		assert.ok(Math.abs(first - second) < 0.2, `${first} dB and ${second} dB`);
		assert.ok(Math.abs(first - 20 * Math.log10(0.1)) < 0.2, `the quieter one is played as it is: ${first} dB`);
		await page.keyboard.press('2');
		await status(page).getByText('Version 2, turned down 12.0 decibels').waitFor();
		await page.keyboard.press('1');
		await status(page).getByText('Version 1', { exact: true }).waitFor();
		await page.keyboard.press('2');
		await status(page).getByText('Version 2', { exact: true }).waitFor(); // the level is announced once
		await tabTo(page, 'checkbox', 'Play all versions equally loud');
		await page.keyboard.press('Space');
		await page.waitForFunction(() => window.heard().volume === 1);
		await page.keyboard.press('Space');
		await page.waitForFunction(() => window.heard().volume < 0.3);
	});

	visit('shows its shape to those who see, who can press it', async (page) => {
		await room.mark('Here', 50_000);
		const shape = page.locator('main svg');
		await shape.locator('.mark').waitFor({ state: 'attached' });
		assert.equal(await shape.getAttribute('aria-hidden'), 'true');
		assert.equal((await shape.locator('path').getAttribute('d')).split('M').length - 1, 600);
		const { width } = await shape.boundingBox();
		await shape.click({ position: { x: width / 4, y: 10 } });
		await page.waitForFunction(() => Math.abs(window.heard().currentTime - 25) < 0.5);
	});

	visit('fits a telephone, and breaks no rule', async (page) => {
		await room.mark('The snare is late', 72_000);
		await room.mark('Too loud, all of it', 70_000, 80_000);
		await page.getByText('1:12, James: The snare is late').waitFor();
		await page.getByRole('button', { name: 'Comment at 0:00' }).click();
		await page.getByRole('textbox', { name: 'Your comment at 0:00' }).waitFor();
		await compareTree(page, 'listening room', 'body');
		for (const look of [
			{ scheme: 'light', width: 1280, height: 900 },
			{ scheme: 'dark', width: 320, height: 640 },
			{ scheme: 'light', width: 320, height: 640 },
			{ scheme: 'light', width: 1280, height: 900, text: '200%' }
		]) {
			await showAs(page, look);
			assert.deepEqual(await violations(page), [], JSON.stringify(look));
			assert.ok(
				(await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)) <= 0,
				`${JSON.stringify(look)}: it is wider than the window`
			);
			assert.deepEqual(await smallTargets(page), [], JSON.stringify(look));
		}
		await showAs(page, { scheme: 'light', width: 320, height: 640 });
		await page.getByRole('button', { name: 'Keys', exact: true }).click();
		await compareTree(page, 'listening room keys', 'dialog[open]');
		assert.deepEqual(await violations(page), []);
	});

	test('says that there is nothing to hear where there is nothing', async () => {
		const silent = await room.find('deliverables', "title = 'Masters for vinyl'");
		const page = await room.opened({ greenroom: room.mara });
		try {
			await page.goto(`/projects/${silent.project}/listen/${silent.id}`);
			await page.getByText('There is nothing to listen to here yet.').waitFor();
			await page.goto(`/projects/${silent.project}/listen/aaaaaaaaaaaaaaa`);
			await page.getByRole('heading', { name: 'Page not found' }).waitFor();
		} finally {
			await page.context().close();
		}
	});
});
