// The keys of the Studio are the same everywhere, and are all on one list: what each does in every form, dialog and row, by keyboard
// alone, and where the focus is then.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { focusIs, press, tabTo, walkThrough } from './browser.mjs';
import { openDemo } from './demo.mjs';
import { inOneDashboard, openStudio } from './studio-kit.mjs';

describe('the keys of the Studio', { timeout: 300_000 }, () => {
	let studio, browser, mara, owner, james, album, stop;

	before(async () => {
		({ studio, browser, mara, owner, james, album, stop } = await openDemo());
		await james.send('/api/portal/people', {
			method: 'POST',
			body: { client: mara.record.id, email: 'bea@example.com', name: 'Bea Moss', access: 'work' }
		});
	});

	after(() => stop?.());

	/**
	 * Opens a place of the Studio and does something there.
	 *
	 * @param {string} name
	 * @param {string | (() => string)} path
	 * @param {(page: any) => Promise<void>} walk
	 */
	const at = (name, path, walk) => test(name, () => visit(typeof path === 'string' ? path : path(), walk));
	const visit = inOneDashboard(() => openStudio(browser, studio, owner));

	const inAlbum = (part) => () => `projects/${album.id}/${part}`;
	const heard = (page, sentence) => page.locator('.studio').getByRole('status').filter({ hasText: sentence }).waitFor();
	const holds = async (page, locator, why) => {
		const element = await locator.elementHandle();
		await page
			.waitForFunction((element) => element === document.activeElement, element, { timeout: 10_000 })
			.catch(() => assert.fail(why));
	};
	const title = (page) => page.getByRole('heading', { level: 1 });

	at('are on one list, which Control and slash shows anywhere and Escape leaves', 'projects', async (page) => {
		const filter = await tabTo(page, 'searchbox', 'Filter by project or client');
		await page.keyboard.press('Control+/');
		const list = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
		await focusIs(page, 'Keyboard shortcuts', 'the list is read from its heading');
		for (const [part, row] of [
			['Everywhere', 'Control and K Go to any page'],
			['Everywhere', 'Control and slash Show this list'],
			['Everywhere', 'Escape Leave a dialog'],
			['Where you write', 'Control and Enter Save or send'],
			['Where you write', 'Escape Cancel'],
			['In “Go to…”', 'Down, up From the field'],
			['Single keys', 'p Go to the projects'],
			['In a listening room', 'Space Plays and pauses']
		])
			await list
				.getByRole('table', { name: part, exact: true })
				.getByRole('row', { name: new RegExp(`^${row}`) })
				.waitFor();
		await page.keyboard.press('Escape');
		await holds(page, filter, 'Escape leads back to the field');

		await page.keyboard.press('Control+K');
		await page.getByRole('dialog', { name: 'Go to or do' }).waitFor();
		await page.keyboard.press('Control+/');
		await list.waitFor();
		assert.equal(await page.getByRole('dialog').count(), 1, 'one takes the other’s place');
		await page.keyboard.press('Control+K');
		await page.keyboard.type('slow thaw');
		await page
			.getByRole('dialog')
			.getByRole('link', { name: /Slow Thaw/ })
			.first()
			.waitFor();
		await page.keyboard.press('Enter');
		await title(page).filter({ hasText: 'Slow Thaw' }).waitFor();
		await focusIs(page, /Slow Thaw/, 'no dialog is left over the page');
	});

	test('are no single ones until they are chosen', async () => {
		await walkThrough(await openStudio(browser, studio, owner), chooseSingleKeys);
	});

	async function chooseSingleKeys(page) {
		const address = page.url();
		for (const key of ['p', 'c', 'h', 'n', '/', '?']) await page.keyboard.press(key);
		assert.equal(page.url(), address);
		assert.equal(await page.getByRole('dialog').count(), 0);
		await page.keyboard.press('Control+/');
		await tabTo(page, 'checkbox', 'Use single keys');
		await page.keyboard.press('Space');
		await page.keyboard.press('Escape');
		await page.keyboard.press('p');
		await page.waitForURL(/#\/studio\/projects$/);
	}

	test('of one letter are listed, leave fields alone, and can be turned off', async () => {
		await walkThrough(await openStudio(browser, studio, owner, '', { singleKeys: true }), turnOffSingleKeys);
	});

	async function turnOffSingleKeys(page) {
		await page.keyboard.press('/');
		await page.waitForFunction(() => document.activeElement?.id === 'filter');
		await page.keyboard.type('hpcn?');
		assert.equal(await page.getByRole('searchbox', { name: 'Filter by project or client' }).inputValue(), 'hpcn?');
		await tabTo(page, 'link', 'Home', { back: true });
		await page.keyboard.press('?');
		const dialog = page.getByRole('dialog', { name: 'Keyboard shortcuts' });
		await dialog.getByRole('row', { name: 'p Go to the projects' }).waitFor();
		await tabTo(page, 'checkbox', 'Use single keys');
		await page.keyboard.press('Space');
		await page.keyboard.press('Escape');
		await dialog.waitFor({ state: 'hidden' });
		await page.keyboard.press('c');
		await page.reload();
		await title(page)
			.filter({ hasText: /^Today, / })
			.waitFor();
		await page.keyboard.press('c');
		assert.match(page.url(), /#\/studio\/filter$/);

		await page.keyboard.press('Control+K');
		await page.keyboard.type('slow thaw');
		await page
			.getByRole('dialog')
			.getByRole('link', { name: /Slow Thaw/ })
			.waitFor();
		await page.keyboard.press('Enter');
		await title(page).filter({ hasText: 'Slow Thaw' }).waitFor();
		await page.getByRole('button', { name: 'Keyboard shortcuts' }).waitFor();
	}

	at('lead out of “Go to…” by one Escape, whatever is written there', '', async (page) => {
		const opener = await tabTo(page, 'button', 'Go to…');
		await page.keyboard.press('Enter');
		const dialog = page.getByRole('dialog', { name: 'Go to or do' });
		await dialog.waitFor();
		await page.keyboard.type('mara');
		await dialog.getByRole('link', { name: 'Mara Lindqvist, client' }).waitFor();
		await page.keyboard.press('ArrowDown');
		await page.keyboard.press('ArrowUp');
		await page.keyboard.press('Escape');
		await dialog.waitFor({ state: 'hidden' });
		await holds(page, opener, 'the focus is back at the button');
	});

	// Every form: how it is opened, a field of it, and whether what is written there is asked about before it is given up.
	const mix = 'Mix: ‘Eleven Letters’';
	const forms = [
		{ form: 'of something new', path: inAlbum('goals'), open: ['Add a goal'], field: 'Title' },
		{
			form: 'behind “More”',
			path: inAlbum('milestones'),
			open: ['More for “Mixes of side B”', 'Edit “Mixes of side B”'],
			field: 'Title'
		},
		{
			form: 'of a new version',
			path: inAlbum('deliverables'),
			open: [`Deliver a new version of “${mix}”`],
			field: 'Words with it (optional)',
			keeps: true
		},
		{ form: 'of an invoice', path: inAlbum('billing'), open: ['Bill the sessions'], field: /^An hour costs/ },
		{
			form: 'of a client’s details',
			path: () => `clients/${mara.record.id}`,
			open: ['Edit the details'],
			field: 'Name'
		}
	];
	for (const { form, path, open, field, keeps = false } of forms)
		at(`leave the form ${form} by Escape, to what opened it`, path, async (page) => {
			for (const name of open) await press(page, 'button', name);
			const opener = page.getByRole('button', { name: open.at(-1), exact: true });
			const written = page.locator('form').getByRole('textbox', { name: field, exact: typeof field === 'string' });
			const begin = async () => {
				if (!(await written.count())) await press(page, 'button', open.at(-1));
				await tabTo(page, 'textbox', field);
			};
			const leaveBy = async (answer) => {
				let asked = 0;
				const hear = (dialog) => (asked++, answer ? dialog.accept() : dialog.dismiss());
				page.on('dialog', hear);
				await page.keyboard.press('Escape');
				page.off('dialog', hear);
				return asked;
			};
			await begin();
			assert.equal(await leaveBy(false), 0, 'nothing is written, nothing is asked');
			await written.waitFor({ state: 'detached' });
			await holds(page, opener, 'the focus is back at what opened it');

			await begin();
			await page.keyboard.type('Something else');
			assert.equal(await leaveBy(false), keeps ? 0 : 1);
			if (!keeps) {
				await holds(page, written, 'it stays open');
				assert.match(await written.inputValue(), /Something else/);
				assert.equal(await leaveBy(true), 1);
			}
			await written.waitFor({ state: 'detached' });
			await holds(page, opener, 'the focus is back at what opened it, again');
			if (keeps) {
				await begin();
				assert.equal(await written.inputValue(), 'Something else', 'it is kept');
			}
		});

	at('send a form from any of its fields', inAlbum('deliverables'), async (page) => {
		await press(page, 'button', `Deliver a new version of “${mix}”`);
		await tabTo(page, 'combobox', 'Stage');
		await page.keyboard.press('Control+Enter');
		await page.getByText('Choose the file of the new version.').waitFor();
	});

	at(
		'save a person of a client’s, and leave a form for one',
		() => `clients/${mara.record.id}`,
		async (page) => {
			const change = 'Change the name of “Bea Moss”, and what they see';
			await press(page, 'button', change);
			await page.keyboard.press('Escape');
			await focusIs(page, 'Change', 'the focus is back at what opened it');
			await page.keyboard.press('Enter');
			await tabTo(page, 'radio', 'Everything but invoices and payments');
			await page.keyboard.press('ArrowUp');
			await page.keyboard.press('Control+Enter');
			await heard(page, 'Saved: Bea Moss sees everything.');
			await focusIs(page, 'Change');

			const more = await tabTo(page, 'button', 'More for “Bea Moss”');
			await page.keyboard.press('Enter');
			await tabTo(page, 'button', 'Remove “Bea Moss”');
			await page.keyboard.press('Escape');
			await holds(page, more, 'Escape hides what “More” showed');
			assert.equal(await page.getByRole('button', { name: 'Remove “Bea Moss”' }).count(), 0);
		}
	);

	at('close a conversation from its field and keep the words', inAlbum('milestones'), async (page) => {
		const name = 'Your comment on “Mix review: side A”';
		const field = page.getByRole('textbox', { name });
		await tabTo(page, 'textbox', name);
		await page.keyboard.type('Before the weekend');
		await page.keyboard.press('Escape');
		await field.waitFor({ state: 'detached' });
		await focusIs(page, /comments ?on “Mix review: side A”/, 'the focus is at what opens it');
		await page.keyboard.press('Enter');
		await field.waitFor();
		assert.equal(await field.inputValue(), 'Before the weekend');
	});

	at('go on with the next row when one is deleted', inAlbum('milestones'), async (page) => {
		const titles = await page
			.getByRole('region', { name: 'Milestones' })
			.getByRole('heading', { level: 3 })
			.allTextContents();
		const [gone, next] = titles.slice(-3);
		await press(page, 'button', `More for “${gone}”`);
		page.once('dialog', (dialog) => dialog.accept());
		await press(page, 'button', `Delete “${gone}”`);
		await heard(page, `“${gone}” is deleted.`);
		await focusIs(page, next);
	});
});
