// The owner's work on a project's page in the Studio by keyboard alone, with elements found by role and name. Its sessions
// and conversations are in studio-sessions.test.mjs, and the checks of the page as a whole in studio-pages.test.mjs.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { focusIs, open, press, tabTo, write } from './browser.mjs';
import { openDemo } from './demo.mjs';
import { inOneDashboard, openStudio } from './studio-kit.mjs';

const sound = {
	name: 'master.wav',
	mimeType: 'audio/wav',
	buffer: Buffer.concat([Buffer.from('RIFF$\0\0\0WAVEfmt '), Buffer.alloc(4000)])
};

describe('the owner on a project’s page', { timeout: 600_000 }, () => {
	let studio, browser, mara, owner, james, album, stop;

	before(async () => {
		({ studio, browser, mara, owner, james, album, stop } = await openDemo());
	});

	after(() => stop?.());

	const list = (collection, filter, sort = '') => james.collection(collection).getFullList({ filter, sort });
	const find = (collection, filter) => james.collection(collection).getFirstListItem(filter);
	const inAlbum = (collection, title) => find(collection, `project = '${album.id}' && title = '${title}'`);

	const heard = (page) => page.locator('.studio').getByRole('status');
	const showMore = (page, title, options) => press(page, 'button', `More for “${title}”`, options);
	const isFocused = (locator) => locator.evaluate((element) => element === document.activeElement);

	/**
	 * A test with the album open in the Studio, at one of its parts. It fails on any error or warning of the browser.
	 *
	 * @param {string} name
	 * @param {(page: import('playwright-core').Page & { complaints: string[] }) => Promise<void>} walk
	 * @param {{ path?: string, part?: string, expected?: RegExp }} [options]
	 */
	const day = (name, walk, { path, part = '', expected } = {}) =>
		test(name, () => visit(path ?? `projects/${album.id}${part && '/' + part}`, walk, { expected }));
	const visit = inOneDashboard(() => openStudio(browser, studio, owner));

	day(
		'makes another record of a draft that another tab has saved',
		async (page) => {
			await press(page, 'button', 'Add a goal');
			await write(page, 'Title', 'Press the first hundred');
			const other = await page.context().newPage();
			await other.goto(`/_/#/studio/projects/${album.id}/goals`);
			const title = other.getByRole('textbox', { name: 'Title' });
			await title.waitFor();
			assert.equal(await title.inputValue(), 'Press the first hundred');
			await page.keyboard.press('Control+Enter');
			await heard(page).getByText('“Press the first hundred” is added.').waitFor();
			await title.fill('Press the second hundred');
			await title.press('Control+Enter');
			await heard(other).getByText('“Press the second hundred” is added.').waitFor();
			assert.equal((await list('goals', "title ~ 'hundred'")).length, 2);
		},
		{ part: 'goals' }
	);

	day(
		'refuses a date that is half written',
		async (page) => {
			await press(page, 'button', 'Add an action item');
			await write(page, 'Title', 'Sign the contract');
			await tabTo(page, 'textbox', /^Due date/);
			await page.keyboard.type('2411'); // without a year
			await page.keyboard.press('Control+Enter');
			const summary = page.getByRole('group', {
				name: 'One thing has to be put right:',
				description: /Due date: write the whole date/
			});
			await summary.waitFor();
			assert.equal(await isFocused(summary), true);
			assert.equal((await list('action_items', "title = 'Sign the contract'")).length, 0);
		},
		{ part: 'actions' }
	);

	day(
		'gives an action item to the other side, and stays with it',
		async (page) => {
			const title = 'Decide the order of side B';
			await showMore(page, title);
			await press(page, 'button', `Edit “${title}”`);
			await tabTo(page, 'combobox', 'Who does it');
			await page.keyboard.type('You');
			await page.keyboard.press('Control+Enter');
			await heard(page).getByText(`“${title}” is changed.`).waitFor();
			await focusIs(page, title);
			assert.equal((await inAlbum('action_items', title)).assignedTo, 'james');
		},
		{ part: 'actions' }
	);

	day('moves a milestone and marks it as done', async (page) => {
		const name = 'Mixes of side B';
		const order = async () =>
			(await list('milestones', `project = '${album.id}'`, 'sortOrder')).map(({ title }) => title).indexOf(name) + 1;
		const before = await order();
		const more = await tabTo(page, 'button', `More for “${name}”`);
		assert.equal(await more.getAttribute('aria-expanded'), 'false');
		assert.equal(
			await page.getByRole('button', { name: `Move up “${name}”` }).count(),
			0,
			'it is hidden until asked for'
		);
		await page.keyboard.press('Enter');
		assert.equal(await more.getAttribute('aria-expanded'), 'true');
		await tabTo(page, 'button', `Edit “${name}”`);
		await page.keyboard.press('Escape');
		assert.equal(await isFocused(more), true, 'Escape leads back to the button');
		assert.equal(await more.getAttribute('aria-expanded'), 'false');
		await page.keyboard.press('Enter');
		const up = await tabTo(page, 'button', `Move up “${name}”`);
		await page.keyboard.press('Enter');
		await page.keyboard.press('Enter');
		await heard(page)
			.getByText(`“${name}” is now ${before - 2} of 6.`)
			.waitFor();
		assert.equal(await isFocused(up), true, 'the focus moves along');
		await assert.doesNotReject(until(async () => (await order()) === before - 2));
		await press(page, 'button', `Move down “${name}”`);
		await heard(page)
			.getByText(`“${name}” is now ${before - 1} of 6.`)
			.waitFor();

		await press(page, 'button', `Mark “${name}” as done`, { back: true });
		await heard(page).getByText(`“${name}”: done.`).waitFor();
		assert.equal(await isFocused(page.getByRole('button', { name: `Unmark “${name}”` })), true);
		assert.equal((await inAlbum('milestones', name)).status, 'DONE');
	});

	day(
		'delivers a master with words, in one form, and hears its approval',
		async (page) => {
			const name = 'Masters for vinyl';
			await press(page, 'button', `Deliver a new version of “${name}”`);
			await write(page, 'Words with it (optional)', 'Two sides, 18 minutes each.');
			await page.keyboard.press('Control+Enter');
			await page.getByText('Choose the file of the new version.').waitFor();
			await page.getByLabel('File', { exact: true }).setInputFiles(sound);
			await tabTo(page, 'combobox', 'Stage');
			await page.keyboard.press('ArrowUp'); // to work in progress, for the owner alone
			await page.route('**/api/collections/comments/records', (route) => route.abort(), { times: 1 });
			await press(page, 'button', `Deliver this version of “${name}”`);
			await page.getByText(/^Version 1 is there, but not all that goes with it\./).waitFor();
			await press(page, 'button', `Deliver this version of “${name}”`);
			await heard(page).getByText(`Version 1 of “${name}” is there: in progress.`).waitFor();
			assert.equal((await list('attachments', "filename = 'master.wav'")).length, 1, 'the file is sent once');
			const [words] = await list('comments', "body = 'Two sides, 18 minutes each.'");
			const item = page.getByRole('listitem').filter({ has: page.getByRole('heading', { name, exact: true }) });
			await item.getByRole('heading', { name: 'Version 1, current' }).waitFor();
			await showMore(page, name);
			await press(page, 'button', `Deliver “${name}”`);
			await heard(page).getByText(`“${name}”: delivered.`).waitFor();
			await focusIs(page, name, 'a key that is held down approves nothing');
			const { attachment } = await inAlbum('deliverables', name);
			assert.equal((await find('attachments', `id = '${attachment}'`)).filename, 'master.wav');
			assert.equal(words.attachment, attachment, 'the words are about the version');

			await page.reload(); // later that day
			await showMore(page, name);
			await tabTo(page, 'button', `Take back “${name}” for more work`);
			const client = await open(browser, studio, { kept: { greenroom: mara } });
			await client.goto(`/projects/${album.id}`);
			await press(client, 'button', `Approve “${name}”`);
			await press(client, 'button', `Yes, approve “${name}”`);
			await heard(page).getByText(`“${name}”: approved.`).waitFor();
			await page.getByRole('button', { name: `Reopen “${name}”` }).waitFor();
			await focusIs(page, name, 'the button has gone, its place is kept');
			await client.context().close();
		},
		{ part: 'deliverables', expected: /ERR_FAILED/ }
	);

	day(
		'keeps what is being written, and the focus, while the page changes',
		async (page) => {
			await press(page, 'button', 'Add a milestone');
			await write(page, 'Title', 'Lacquer cut');
			await james.collection('milestones').create({
				project: album.id,
				title: 'Sleeve printed',
				status: 'TODO',
				sortOrder: 90
			});
			await page.getByRole('heading', { name: 'Sleeve printed' }).waitFor();
			const title = page.getByRole('textbox', { name: 'Title' });
			assert.deepEqual([await title.inputValue(), await isFocused(title)], ['Lacquer cut', true]);
			await page.reload();
			await page.getByRole('heading', { name: 'Sleeve printed' }).waitFor();
			assert.equal(await title.inputValue(), 'Lacquer cut', 'the form is open again');

			await page.route('**/api/collections/milestones/records', (route) => route.abort(), { times: 1 });
			await tabTo(page, 'textbox', 'Title');
			await page.keyboard.press('Control+Enter');
			await page.getByText('Nothing is saved yet; what you wrote is kept here.').waitFor();
			await focusIs(page, /^Nothing is saved yet/);
			await press(page, 'button', 'Add a milestone');
			await page.getByRole('heading', { name: 'Lacquer cut' }).waitFor();
			await focusIs(page, 'Add a milestone');
			assert.equal((await list('milestones', "title = 'Lacquer cut'")).length, 1);
		},
		{ expected: /Failed to load resource: net::ERR_FAILED/ }
	);

	const sections = [
		{ kind: 'a deliverable', section: 'Deliverables', part: 'deliverables' },
		{ kind: 'an action item', section: 'Action items', part: 'actions' },
		{ kind: 'a goal', section: 'Goals', part: 'goals' }
	];
	for (const { kind, section, part } of sections) {
		day(
			`adds ${kind}, changes and deletes it`,
			async (page) => {
				const region = page.getByRole('region', { name: section });
				const name = `Something new: ${kind}`;
				await press(page, 'button', `Add ${kind}`);
				assert.equal(await isFocused(region.getByRole('textbox', { name: 'Title' })), true, 'the first field');
				await page.keyboard.insertText(name);
				await page.keyboard.press('Enter');
				await heard(page).getByText(`“${name}” is added.`).waitFor();
				await focusIs(page, `Add ${kind}`);

				await showMore(page, name, { back: true });
				await press(page, 'button', `Edit “${name}”`);
				await page.keyboard.press('End');
				await page.keyboard.type(', changed');
				await page.keyboard.press('Control+Enter');
				await heard(page).getByText(`“${name}, changed” is changed.`).waitFor();
				assert.equal(await isFocused(region.getByRole('button', { name: `Edit “${name}, changed”` })), true);

				page.once('dialog', (dialog) => dialog.accept());
				await press(page, 'button', `Delete “${name}, changed”`);
				await heard(page).getByText(`“${name}, changed” is deleted.`).waitFor();
				await region.getByRole('listitem').locator(':is(h3, .name):focus').waitFor(); // the row beside it
			},
			{ part }
		);
	}

	day(
		'starts a project from a template',
		async (page) => {
			await press(page, 'button', 'Add a project');
			const summary = page.getByRole('group', { name: '2 things have to be put right:' });
			assert.equal(await isFocused(summary), true);
			await press(page, 'link', 'Title: write something here.');
			const title = page.getByRole('textbox', { name: 'Title' });
			assert.equal(await isFocused(title), true);
			assert.match(
				await title.evaluate((field) => document.getElementById(field.getAttribute('aria-describedby')).textContent),
				/write something here/
			);
			await page.keyboard.insertText('Live album');
			await tabTo(page, 'combobox', 'Client', { back: true });
			await page.keyboard.type('Mara');
			const milestones = page.getByRole('textbox', { name: /^Milestones/ });
			const template = await milestones.inputValue();
			await tabTo(page, 'combobox', 'Service');
			await page.keyboard.type('Audio');
			assert.notEqual(await milestones.inputValue(), template, 'another service, other milestones');
			await write(page, /^Milestones/, 'Recorded\n\nMixed');
			await page.reload();
			await title.waitFor();
			assert.deepEqual([await title.inputValue(), await milestones.inputValue()], ['Live album', 'Recorded\n\nMixed']);
			await tabTo(page, 'textbox', 'Title');
			await page.keyboard.press('Control+Enter');
			await page.keyboard.press('Control+Enter');
			await page.getByRole('heading', { level: 1, name: 'Live album' }).waitFor();
			const [project, ...more] = await list('projects', "title = 'Live album'");
			assert.deepEqual([project.client, project.serviceType, more.length], [album.client, 'AUDIO', 0]);
			assert.deepEqual(
				(await list('milestones', `project = '${project.id}'`, 'sortOrder')).map((milestone) => milestone.title),
				['Recorded', 'Mixed']
			);
		},
		{ path: 'projects/new' }
	);

	test('says so when it is deleted elsewhere', async () => {
		const project = { client: album.client, title: 'A single, after all not', serviceType: 'AUDIO', status: 'ACTIVE' };
		const { id } = await james.collection('projects').create(project);
		const walk = async (page) => {
			await page.getByRole('heading', { level: 1, name: project.title }).waitFor();
			await tabTo(page, 'button', 'Add a goal');
			await james.collection('projects').delete(id);
			await page.getByRole('heading', { level: 1, name: 'Page not found' }).waitFor();
			await focusIs(page, 'Page not found');
		};
		await visit(`projects/${id}`, walk, { expected: /404/ });
	});
});

async function until(holds, deadline = Date.now() + 60_000) {
	while (!(await holds())) {
		if (Date.now() > deadline) throw new Error('it does not come true');
		await new Promise((resolve) => setTimeout(resolve, 50));
	}
}
