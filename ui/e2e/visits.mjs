// The pages and states that are examined by axe, for the snapshots of accessibility trees, and for screenshots. Each
// visit opens its page, and may do something there first.

import { open, signIn } from './browser.mjs';

/**
 * @typedef {{ name: string, path: string, guest?: boolean, owner?: boolean, who?: string, only?: string, before?: Function,
 *   act?: Function }} Place
 */

// Invoices are requested from Stripe separately and may come later than the page.
const untilMoney = (page) => page.getByText('£640.00 to pay', { exact: true }).waitFor();

/**
 * @param {{ album?: string, mara?: string }} ids of the demo's album and of its client; not needed for the names alone
 * @returns {Place[]}
 */
export function visits({ album, mara }) {
	return [
		{ name: 'sign-in', path: '/sign-in', guest: true },
		{
			name: 'sign-in, mistake',
			path: '/sign-in',
			guest: true,
			async act(page) {
				await page.getByRole('button', { name: 'Send me a code' }).click();
				await page.getByText('Enter your email address, such as').waitFor();
			}
		},
		{
			name: 'sign-in, code',
			path: '/sign-in',
			guest: true,
			async act(page) {
				await page.getByRole('textbox').fill('nobody@example.com');
				await page.getByRole('button', { name: 'Send me a code' }).click();
				await page.getByText('The code does not come?').click();
				await page.getByRole('button', { name: 'Sign in', exact: true }).click();
				await page.getByText('Enter the 8 digits').waitFor();
			}
		},
		{ name: 'dashboard', path: '/', act: untilMoney },
		{ name: 'dashboard, nothing yet', path: '/', who: 'grace@example.com' },
		{ name: 'projects', path: '/projects' },
		{ name: 'project', path: `/projects/${album}` },
		{
			name: 'project, confirmation',
			path: `/projects/${album}`,
			act: (page) => page.getByRole('button', { name: /^Approve “Mix: ‘Eleven/ }).click(),
			only: 'dialog[open]'
		},
		{
			name: 'project, asking for changes',
			path: `/projects/${album}`,
			async act(page) {
				await page.getByRole('button', { name: /^Ask for changes to “Mix: ‘Eleven/ }).click();
				await page.getByRole('button', { name: /^Send to James/ }).click();
				await page.getByText('Say what should change.').waitFor();
			},
			only: '#deliverables'
		},
		{
			name: 'project, a player',
			path: `/projects/${album}`,
			async act(page) {
				await page.getByRole('button', { name: 'Play “Eleven Letters, mix 5.wav”' }).first().click();
				await page.getByRole('button', { name: /^Comment at/ }).waitFor();
				// The button's name follows the place, which does not change at the beginning.
				await page.locator('audio').evaluate((player) => {
					player.pause();
					player.currentTime = 0;
				});
				await page.getByRole('button', { name: 'Comment at 0:00' }).waitFor();
			},
			only: '#deliverables'
		},
		{ name: 'sessions', path: '/sessions' },
		{ name: 'invoices', path: '/invoices' },
		{ name: 'invoices, none', path: '/invoices', who: 'grace@example.com' },
		{ name: 'bookings', path: '/bookings' },
		{ name: 'bookings, none', path: '/bookings', who: 'grace@example.com' },
		{ name: 'goals', path: '/goals' },
		{ name: 'settings', path: '/settings' },
		{ name: 'search', path: '/search?q=mix' },
		{ name: 'search, nothing found', path: '/search?q=zither' },
		{ name: 'not found', path: '/projects/aaaaaaaaaaaaaaa' },
		{
			name: 'failure',
			path: '/projects',
			before: (page) =>
				page.route('**/api/collections/projects/records*', (route) => route.fulfill({ status: 500, body: '{}' }))
		},
		{
			name: 'offline',
			path: '/projects',
			before: (page) => page.route('**/api/collections/projects/records*', (route) => route.abort())
		},
		{ name: 'view as client', path: `/?as=${mara}`, owner: true, act: untilMoney },
		{ name: 'view as client, without the owner', path: `/?as=${mara}`, guest: true }
	];
}

/**
 * Pages that only the demo’s own services and its more special clients can show, for screenshots; the tests of each
 * feature examine the same pages with data of their own.
 * @param {{ album?: string, mix?: string, forest?: string }} ids of two projects and of a deliverable
 * @returns {Place[]}
 */
export function demoVisits({ album, mix, forest }) {
	const tomas = 'tomas@dvorak-sound.example';
	return [
		{
			name: 'listening room',
			path: `/projects/${album}/listen/${mix}`,
			act: (page) =>
				page.waitForFunction(() => [...document.querySelectorAll('audio')].some(({ readyState }) => readyState > 0))
		},
		{
			name: 'booking',
			path: '/bookings/new',
			async act(page) {
				await page.getByRole('radio', { name: 'Half an hour' }).check();
				await page
					.getByRole('group', { name: /^Times on/ })
					.first()
					.waitFor();
			}
		},
		{ name: 'bookings, one of their own', path: '/bookings', who: tomas },
		{
			name: 'people',
			path: '/settings',
			who: 'oleksandra@tykhi-holosy.example',
			act: (page) => page.getByText('danylo@tykhi-holosy.example').first().waitFor()
		},
		{
			name: 'invoices, every state',
			path: '/invoices',
			who: tomas,
			act: (page) => page.getByText('INV-0117').first().waitFor()
		},
		{
			name: 'project, a locked master',
			path: `/projects/${forest}`,
			who: tomas,
			act: (page) => page.getByRole('link', { name: 'Pay INV-0117' }).first().waitFor()
		}
	];
}

/**
 * The stored sign-ins of the clients who visit any of the places, by email.
 *
 * @param {{ studio: any, mara: any }} demo
 * @param {Place[]} places
 * @returns {Promise<Record<string, any>>}
 */
export async function signInVisitors({ studio, mara }, places) {
	const signIns = { 'mara@example.com': mara };
	for (const who of new Set(places.flatMap((place) => place.who ?? []))) signIns[who] ??= await signIn(studio, who);
	return signIns;
}

/**
 * Opens the page of a visit as its visitor, and does there what the visit says.
 *
 * @param {Place} visit
 * @param {{ studio: any, browser: any, owner: any }} demo
 * @param {Record<string, any>} signIns
 * @param {object} look
 */
export async function goThere(visit, { studio, browser, owner }, signIns, look) {
	const kept = visit.guest
		? {}
		: visit.owner
			? { '__pb_superusers__/_': owner }
			: { greenroom: signIns[visit.who ?? 'mara@example.com'] };
	const page = await open(browser, studio, { kept, ...look });
	await visit.before?.(page);
	await page.goto(visit.path);
	await page.getByRole('heading', { level: 1 }).waitFor();
	await visit.act?.(page);
	return page;
}
