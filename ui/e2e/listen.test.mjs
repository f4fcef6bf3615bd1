// The listening room by keyboard with real recordings: playing, marks and passages, versions, and news.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { focusIs, open, press, showAs, tabTo, walkThrough, write } from './browser.mjs';
import { openDemo } from './demo.mjs';
import { compareTree, smallTargets, violations } from './examine.mjs';
import { deliver, tone, wav } from './sounds.mjs';

const seconds = 100;

describe('the listening room', { timeout: 600_000 }, () => {
	let studio, browser, mara, owner, james, project, deliverable, stop;
	const versions = [];

	before(async () => {
		({ studio, browser, mara, owner, james, album: project, stop } = await openDemo());
		deliverable = await james
			.collection('deliverables')
			.create({ project: project.id, title: 'Mix: “Ferry”', status: 'IN_PROGRESS' });
		for (const [i, amplitude] of [0.1, 0.4].entries()) {
			versions.push(
				await deliver(studio, owner.token, {
					project: project.id,
					deliverable: deliverable.id,
					filename: `Ferry, mix ${i + 1}.wav`,
					content: wav(seconds, tone(440, amplitude))
				})
			);
		}
		for (const version of versions) await measured(version);
	});

	// Waits until the server has measured a version's loudness in the background.
	const measured = async ({ id }) => {
		let version;
		do version = await find('attachments', `id = '${id}'`);
		while (!(version.lufs < 0));
	};

	const opened = async (kept) => {
		const page = await open(browser, studio, { kept });
		await page.addInitScript(
			() => (window.heard = () => [...document.querySelectorAll('audio')].find(({ controls }) => controls))
		);
		return page;
	};

	after(() => stop?.());

	const find = (collection, filter) => james.collection(collection).getFirstListItem(filter);

	const mark = (body, atMs, untilMs = 0, version = versions[1]) =>
		james.collection('comments').create({
			deliverable: deliverable.id,
			attachment: version.id,
			body,
			timed: true,
			atMs,
			untilMs
		});

	const unmark = async () => {
		const comments = james.collection('comments');
		for (const { id } of await comments.getFullList({ filter: `deliverable = '${deliverable.id}'` }))
			await comments.delete(id);
	};

	// Opens the room without marks, and fails on any error or warning of the browser.
	const visit = (name, walk) =>
		test(name, async () => {
			await unmark();
			const page = await opened({ greenroom: mara });
			const walkRoom = async () => {
				await page.getByRole('heading', { level: 1, name: 'Listen to “Mix: ‘Ferry’”' }).waitFor();
				await page.waitForFunction(() => window.heard()?.readyState > 0);
				await walk(page);
			};
			await walkThrough(page, walkRoom, { path: `/projects/${project.id}/listen/${deliverable.id}` });
		});

	const sound = (page, read) => page.locator('audio[controls]').evaluate(read);
	const place = (page) => sound(page, (audio) => audio.currentTime);
	const status = (page) => page.getByRole('status');
	const plays = (page) => page.waitForFunction(() => !window.heard().paused && window.heard().currentTime > 0);
	const leave = (page) => page.locator('h1').focus(); // the room's keys work where no control uses them

	test('is found from the deliverable', async () => {
		const page = await opened({ greenroom: mara });
		try {
			await page.goto(`/projects/${project.id}`);
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
		const first = await find('comments', "body ~ 'The snare is late'");
		assert.equal(first.timed, true);
		assert.ok(Math.abs(first.atMs / 1000 - at) < 0.05, `${first.atMs} ms is where it was paused, ${at} s`);
		assert.deepEqual([first.untilMs, first.attachment], [0, versions[1].id]);
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
		const stretch = await find('comments', "body = 'Too loud here'");
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

	visit('obeys single keys, and does not where they are switched off', async (page) => {
		await mark('Breath', 20_000);
		await mark('Bass', 40_000, 42_000);
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
		await mark('Here', 50_000);
		const shape = page.locator('main svg');
		await shape.locator('.mark').waitFor({ state: 'attached' });
		assert.equal(await shape.getAttribute('aria-hidden'), 'true');
		assert.equal((await shape.locator('path').getAttribute('d')).split('M').length - 1, 600);
		const { width } = await shape.boundingBox();
		await shape.click({ position: { x: width / 4, y: 10 } });
		await page.waitForFunction(() => Math.abs(window.heard().currentTime - 25) < 0.5);
	});

	visit(
		'shows what is written elsewhere in its place, says it once the sound rests, and leaves the focus where it is',
		async (page) => {
			await mark('Later', 30_000);
			await status(page).getByText('James posted a comment on “Mix: ‘Ferry’”.').waitFor();
			const before = await status(page).textContent();
			const later = await tabTo(page, 'button', 'Play from 0:30');
			await page.keyboard.press('Enter');
			await plays(page);
			await mark('Earlier', 10_000);
			await mark('Of the first one', 5000, 0, versions[0]);
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
		const page = await opened({ '__pb_superusers__/_': owner });
		try {
			await page.goto(`/projects/${project.id}/listen/${deliverable.id}?as=${mara.record.id}`);
			await page.waitForFunction(() => window.heard()?.readyState > 0);
			assert.equal(await page.getByRole('button', { name: /^Comment/ }).count(), 0);
			await leave(page);
			await page.keyboard.press('c');
			assert.equal(await page.getByRole('textbox').count(), 0);
		} finally {
			await page.context().close();
		}
	});

	visit('fits a telephone, and breaks no rule', async (page) => {
		await mark('The snare is late', 72_000);
		await mark('Too loud, all of it', 70_000, 80_000);
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
		const silent = await find('deliverables', "title = 'Masters for vinyl'");
		const page = await opened({ greenroom: mara });
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
