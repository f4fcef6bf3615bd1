// PocketBase's own dashboard with the corrections of the Studio's extension: no violation that axe finds, except those
// that an extension cannot correct, and the owner's work in it by keyboard, role and name.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { open, showAs, tabTo } from './browser.mjs';
import { openDemo } from './demo.mjs';
import { ofColours, violations } from './examine.mjs';
import { inOneDashboard, leave, signInKey } from './studio-kit.mjs';
import { openRecord, visit, visits } from './stock-visits.mjs';

const clients = '/_/#/collections?collection=clients';
const projects = '/_/#/collections?collection=projects';

// Violations that remain, by visit and rule, with the reason.
const outOfReach = {
	'collection settings: fields': {
		'nested-interactive':
			'a field is a <summary> with inputs and buttons in it; HTML lets a summary have no other role, and its place in <details> is what opens it'
	}
};

describe('the stock dashboard', { timeout: 600_000 }, () => {
	let studio, browser, owner, stop;

	before(async () => {
		({ studio, browser, owner, stop } = await openDemo());
	});

	after(() => stop?.());

	/**
	 * Opens a path, if one is given, in the one dashboard of the owner, or of a guest, and does something there.
	 *
	 * @param {string | null} path
	 * @param {(page: any) => Promise<void>} act
	 * @param {{ guest?: boolean }} [options]
	 */
	const withPage = (path, act, { guest = false } = {}) =>
		(guest ? asGuest : asOwner)(path, act, { expected: /Failed to load resource/ });

	const dashboard = (kept) => async () => {
		const page = await open(browser, studio, { kept: kept() });
		await page.goto('/_/');
		await page.waitForFunction(() => typeof app !== 'undefined' && app.modals);
		return page;
	};
	const goThere = async (page, path) => {
		await leave(page);
		if (path) await page.goto(path);
	};
	const asOwner = inOneDashboard(
		dashboard(() => ({ [signInKey]: owner })),
		goThere
	);
	const asGuest = inOneDashboard(
		dashboard(() => ({})),
		goThere
	);

	describe('axe', () => {
		// Each page is visited once and examined in both colour schemes.
		for (const place of visits) {
			test(place.name, () =>
				withPage(
					null,
					async (page) => {
						await visit(page, place);
						const known = Object.keys(outOfReach[place.name] ?? {});
						const found = await violations(page);
						assert.deepEqual(
							found.filter(({ id }) => !known.includes(id)),
							[],
							'light'
						);
						for (const id of known)
							assert.ok(
								found.some((one) => one.id === id),
								`${id} is gone: take it off the list of what is out of reach`
							);
						await showAs(page, { scheme: 'dark', width: 1280, height: 900 });
						assert.deepEqual(await violations(page, ofColours), [], 'dark');
						await showAs(page, { scheme: 'light', width: 1280, height: 900 });
					},
					place
				)
			);
		}
	});

	test('landmarks: one banner, the navigations by name, one main part without them', () =>
		withPage(projects, async (page) => {
			await page
				.getByRole('button', { name: /^Open / })
				.first()
				.waitFor();
			assert.equal(await page.getByRole('banner').count(), 1);
			assert.equal(await page.getByRole('main').count(), 1);
			for (const name of ['Main', 'Collections'])
				assert.equal(await page.getByRole('navigation', { name, exact: true }).count(), 1);
			assert.equal(await page.getByRole('main').getByRole('navigation').count(), 0);
			assert.equal(await page.getByRole('heading', { level: 1 }).innerText(), 'projects');
			assert.equal(await page.evaluate(() => document.documentElement.lang), 'en');
			assert.match(await page.title(), /^projects - /);
		}));

	test('a record is opened, changed and saved by the keyboard, and the focus comes back to its row, drawn anew', () =>
		withPage(clients, async (page) => {
			await page.keyboard.press('Tab'); // the first stop is inside the page
			await (await tabTo(page, 'button', 'projects')).press('Enter');
			await page.getByRole('heading', { level: 1, name: 'projects' }).waitFor();
			await tabTo(page, 'button', /^Open .*Slow Thaw/);
			await page.keyboard.press('Enter');
			const panel = page.getByRole('dialog', { name: 'Edit projects record' });
			await panel.waitFor();
			assert.ok(
				await panel.evaluate((element) => element.contains(document.activeElement)),
				'the focus is not in the panel'
			);
			await page.locator('body > .app[inert]').waitFor(); // what is behind the panel is inert

			await tabTo(page, 'textbox', /^title/);
			await page.keyboard.press('End');
			await page.keyboard.insertText(', third pass');
			await tabTo(page, 'button', 'Save changes');
			await page.keyboard.press('Enter');
			await page.getByRole('status').filter({ hasText: 'Successfully updated projects' }).waitFor();
			await panel.waitFor({ state: 'hidden' });
			await hasFocus(page, /^Open .*, third pass/);
		}));

	test('Escape leaves a panel from within a field, and a changed one asks before', () =>
		withPage(projects, async (page) => {
			await openRecord(page, 'hearing loop');
			await tabTo(page, 'textbox', 'description');
			await page.keyboard.press('Escape');
			await page.getByRole('dialog').waitFor({ state: 'hidden' });
			await hasFocus(page, /^Open A hearing loop/);

			await page.keyboard.press('Enter');
			await tabTo(page, 'textbox', 'description');
			await page.keyboard.insertText('In September.');
			await page.keyboard.press('Escape');
			await page.getByRole('alertdialog', { name: 'You have unsaved changes.' }).waitFor();
			await tabTo(page, 'button', 'Yes, discard');
			await page.keyboard.press('Enter');
			await page.getByRole('dialog').waitFor({ state: 'hidden' });
			await hasFocus(page, /^Open A hearing loop/);
		}));

	test('a choice in a form is read with its label, and is changed by the keyboard', () =>
		withPage(projects, async (page) => {
			await openRecord(page, 'hearing loop');
			await (await tabTo(page, 'button', 'status, ACTIVE, required')).press('Enter');
			await (await tabTo(page, 'button', 'IN_REVIEW')).press('Enter');
			await page.getByRole('button', { name: 'status, IN_REVIEW, required' }).waitFor();
		}));

	test('the headers sort, and say how', () =>
		withPage(projects, async (page) => {
			await (await tabTo(page, 'button', 'title')).press('Enter');
			await page.locator('th[aria-sort="descending"]', { hasText: 'title' }).waitFor();
			await page.keyboard.press('Space');
			await page.locator('th[aria-sort="ascending"]', { hasText: 'title' }).waitFor();
			assert.equal(await page.locator('th[aria-sort="none"]', { hasText: 'status' }).count(), 1);
		}));

	test('a client is made without a password', () =>
		withPage(clients, async (page) => {
			await (await tabTo(page, 'button', 'New record')).press('Enter');
			const panel = page.getByRole('dialog', { name: 'Create clients record' });
			for (const name of ['Password', 'Confirm'])
				assert.equal(await panel.getByRole('textbox', { name, exact: true }).getAttribute('required'), null);
			assert.match(await description(panel.getByRole('textbox', { name: 'email' })), /signs in with it/);
			await panel.getByRole('textbox', { name: 'email' }).fill('new@example.org');
			await panel.getByRole('textbox', { name: 'name', exact: true }).fill('New Client');
			await (await tabTo(page, 'button', 'Create')).press('Enter');
			await page.getByRole('rowheader', { name: 'New Client' }).waitFor();
		}));

	test('a refused field says so itself', () =>
		withPage(clients, async (page) => {
			await (await tabTo(page, 'button', 'New record')).press('Enter');
			const email = page.getByRole('dialog').getByRole('textbox', { name: 'email' });
			await email.fill('mara@example.com'); // another client has this address
			await (await tabTo(page, 'button', 'Create')).press('Enter');
			await page.locator('[name="email"][aria-invalid="true"]').waitFor();
			assert.match(await description(email), /^Another client has this email address/);
		}));

	test('a list begins with the columns that tell records apart, and keeps the owner’s own choice', () =>
		withPage(projects, async (page) => {
			const headers = () => page.getByRole('columnheader').getByRole('button').allInnerTexts();
			const again = async () => {
				await page.reload();
				await page
					.getByRole('button', { name: /^Open / })
					.first()
					.waitFor();
			};
			await again(); // the first visit of a browser may come before the setting
			assert.deepEqual((await headers()).filter(Boolean), [
				'title',
				'client',
				'serviceType',
				'status',
				'dueDate',
				'updated'
			]);
			await (await tabTo(page, 'button', 'Toggle columns')).press('Enter');
			await page.getByRole('checkbox', { name: 'serviceType' }).press('Space');
			await again();
			assert.ok(!(await headers()).includes('serviceType'));
		}));

	test('a relation is shown by the client’s name, or email', () =>
		withPage(projects, async (page) => {
			await page
				.getByRole('row', { name: /hearing loop/ })
				.getByRole('cell', { name: /@/ })
				.waitFor();
			await page
				.getByRole('row', { name: /Slow Thaw/ })
				.getByRole('cell', { name: /^Mara Lindqvist/ })
				.waitFor();
		}));

	test('to look over fifty rows takes some questions a row, and writes only what differs', (t) =>
		withPage(projects, async (page) => {
			await page
				.getByRole('button', { name: /^Open / })
				.first()
				.waitFor();
			const look = await page.evaluate(async () => {
				const body = document.querySelector('.records-table tbody');
				const row = body.querySelector('tr.handle');
				const made = { questions: 0, writes: 0 };
				const count = (kind, ...methods) => {
					for (const method of methods) {
						const original = Element.prototype[method];
						Element.prototype[method] = function (...given) {
							made[kind]++;
							return original.apply(this, given);
						};
					}
				};
				// A look is over when the one nameless button has its name.
				const lookAt = async (rows) => {
					body.append(...rows);
					const arrow = body.lastElementChild.querySelector('.col-meta > i');
					arrow.ariaLabel = null;
					while (!arrow.ariaLabel) await new Promise(requestAnimationFrame);
				};
				await lookAt(Array.from({ length: 50 - body.children.length }, () => row.cloneNode(true)));
				count('questions', 'getAttribute', 'closest', 'querySelector', 'querySelectorAll', 'matches');
				count('writes', 'setAttribute', 'removeAttribute');
				const began = performance.now();
				await lookAt([row.cloneNode(true)]);
				return { ...made, rows: body.children.length, tookMs: performance.now() - began };
			});
			t.diagnostic(`a look over ${look.rows} rows: ${JSON.stringify(look)}`);
			assert.equal(look.rows, 51);
			assert.equal(look.writes, 1, 'the name of one button');
			assert.ok(look.questions < 51 * 150, `${look.questions} questions`);
		}));
});

async function hasFocus(page, name) {
	await page.waitForFunction(
		(pattern) => new RegExp(pattern).test(document.activeElement.getAttribute('aria-label')),
		name.source
	);
}

const description = (control) =>
	control.evaluate((element) =>
		(element.getAttribute('aria-describedby') ?? '')
			.split(' ')
			.map((id) => document.getElementById(id)?.textContent)
			.join(' ')
	);
