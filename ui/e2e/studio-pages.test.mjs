// Every page and state of the Studio: no violation that axe finds in the whole document, no error or warning of the browser,
// no overflow, no small target, and an accessibility tree that equals its snapshot in e2e/tree.

import { after, before, describe, test } from 'node:test';

import { signInOwner } from './browser.mjs';
import { openDemo } from './demo.mjs';
import { compareTree } from './examine.mjs';
import { examineInAll, inOneDashboard, looks, openStudio } from './studio-kit.mjs';
import { owner as firstOwner, startStudio } from './studio.mjs';

const choose = (page, role, name) => page.getByRole(role, { name }).click();

const visits = [
	{ name: 'studio home', ready: (page) => page.getByRole('table', { name: 'Clients' }).waitFor() },
	{
		name: 'studio home, nothing is found',
		path: 'projects',
		act: async (page) => {
			await page.getByRole('searchbox', { name: 'Filter by project or client' }).fill('no such thing');
			await page.getByText('No project is like that.').waitFor();
		},
		only: '#projects'
	},
	{ name: 'studio client', path: ({ mara }) => `clients/${mara}` },
	{ name: 'studio client archived', path: ({ archived }) => `clients/${archived}` },
	{
		name: 'studio client, details',
		path: ({ mara }) => `clients/${mara}`,
		act: (page) => choose(page, 'button', 'Edit the details')
	},
	{
		name: 'studio client, erasing',
		path: ({ mara }) => `clients/${mara}`,
		act: async (page) => {
			await choose(page, 'button', 'Erase Mara Lindqvist…');
			await page.getByRole('dialog').getByRole('textbox').fill('Mara');
			await page.getByRole('dialog').getByRole('button', { name: 'Erase Mara Lindqvist' }).click();
			await page.getByText('The name is not the same.').waitFor();
		},
		only: 'dialog[open]'
	},
	{ name: 'studio new client', path: 'clients/new' },
	{ name: 'studio new project', path: ({ mara }) => `projects/new/${mara}` },
	{ name: 'studio not found', path: 'clients/nobody' },
	{
		name: 'studio palette',
		act: async (page) => {
			await page.keyboard.press('Control+K');
			await page.getByRole('dialog').getByRole('searchbox').fill('mara');
			await page.getByRole('link', { name: /^Session: Vocal comping with Mara/ }).waitFor();
			await page.getByRole('link', { name: 'Mara Lindqvist, client' }).waitFor();
			await page
				.getByRole('dialog')
				.getByRole('status')
				.filter({ hasText: /^\d+ results\.$/ })
				.waitFor();
		},
		only: 'dialog[open]'
	},
	{ name: 'studio keys', act: (page) => page.keyboard.press('Control+/'), only: 'dialog[open]' },
	{
		name: 'studio home with nothing yet',
		isNew: true,
		ready: (page) => page.getByText('There is no client yet.').waitFor()
	}
];

describe('the Studio', { timeout: 600_000 }, () => {
	let studio, fresh, browser, owner, freshOwner, ids, stop;

	before(async () => {
		let james, mara, album;
		({ studio, browser, mara, owner, james, album, stop } = await openDemo());
		fresh = await startStudio();
		freshOwner = await signInOwner(fresh, firstOwner);
		const archived = await james.collection('clients').getFirstListItem("archivedAt != ''");
		ids = { mara: mara.record.id, archived: archived.id, album: album.id };
	});

	after(async () => {
		await stop?.();
		await fresh?.stop();
	});

	const inDemo = inOneDashboard(() => openStudio(browser, studio, owner, '', looks[0]));
	const inFresh = inOneDashboard(() => openStudio(browser, fresh, freshOwner, '', looks[0]));

	// Each page is visited once and examined in all ways of display.
	for (const visit of visits) {
		test(visit.name, () =>
			(visit.isNew ? inFresh : inDemo)(
				typeof visit.path === 'function' ? visit.path(ids) : visit.path,
				async (page) => {
					await visit.ready?.(page);
					await visit.act?.(page);
					page.complaints = page.complaints.filter(
						(complaint) => !/404/.test(complaint) || visit.name !== 'studio not found'
					);
					await compareTree(page, visit.name, visit.only ?? '.studio');
					await examineInAll(page);
				}
			)
		);
	}

	// At rest and with each kind of form open, before anything is changed, for the snapshots.
	test('studio project, and with its forms open', () =>
		inDemo(`projects/${ids.album}`, async (page) => {
			await compareTree(page, 'studio project', '.studio');
			await examineInAll(page);
			for (const name of [
				'Edit “‘Slow Thaw’: mixing and mastering the second album”',
				'Add a milestone',
				'Add a session',
				'Add a deliverable',
				'Deliver a new version of “Mix: ‘Eleven Letters’”',
				'Add an action item',
				'More for “Mix: ‘Eleven Letters’”',
				'More for “Songs, keys and tempi.csv”',
				'Edit “Songs, keys and tempi.csv”',
				'Add a goal'
			]) {
				await page.getByRole('button', { name, exact: true }).press('Enter');
			}
			await page.getByRole('button', { name: 'Add a goal', exact: true }).press('Enter'); // an empty form shows the summary of errors
			await page.getByRole('group', { name: 'One thing has to be put right:' }).waitFor();
			await compareTree(page, 'studio project, forms', '.studio');
			await examineInAll(page);
		}));
});
