// Debian's Chromium, used as a person would: by keyboard, with elements found by role and name.

import assert from 'node:assert/strict';
import { accessSync, constants } from 'node:fs';
import { delimiter, join } from 'node:path';

import { chromium } from 'playwright-core';

const flags = [
	'--no-sandbox',
	'--disable-gpu',
	'--disable-quic',
	'--no-first-run',
	'--disable-background-networking',
	'--disable-component-update',
	'--disable-sync',
	'--autoplay-policy=no-user-gesture-required'
];

// The shell draws no windows around its pages: it takes half the processor time of the whole browser, which does too.
const browsers = (process.env.BROWSERS ?? 'chromium-headless-shell,chromium').split(',');

function onPath(programs) {
	for (const program of programs)
		for (const folder of process.env.PATH.split(delimiter)) {
			try {
				accessSync(join(folder, program), constants.X_OK);
				return join(folder, program);
			} catch {}
		}
	throw new Error(`None of these is on the PATH: ${programs.join(', ')}. Try apt-get install ${programs[0]}`);
}

export const launch = () => chromium.launch({ executablePath: onPath(browsers), args: flags });

// Signs a client in and returns what the SDK stores. Once for each client and studio, because codes are limited.
export async function signIn(studio, email) {
	const post = async (way, body) => {
		const answer = await fetch(`${studio.url}/api/collections/clients/${way}`, {
			method: 'POST',
			headers: { 'Content-Type': 'application/json' },
			body: JSON.stringify(body)
		});
		if (!answer.ok) throw new Error(`${way}: ${answer.status} ${await answer.text()}`);
		return answer.json();
	};
	const { otpId } = await post('request-otp', { email });
	const { token, record } = await post('auth-with-otp', { otpId, password: await studio.codeFor(email) });
	return { token, record };
}

export async function signInOwner(studio, { email, password }) {
	const answer = await fetch(`${studio.url}/api/collections/_superusers/auth-with-password`, {
		method: 'POST',
		headers: { 'Content-Type': 'application/json' },
		body: JSON.stringify({ identity: email, password })
	});
	if (!answer.ok) throw new Error(`the owner's sign-in: ${answer.status}`);
	return answer.json();
}

// Each wait is for a condition and ends when it becomes true. Only a failure takes this long, however busy the machine
// is.
const patience = 60_000; // milliseconds

// Opens a page in a browser context of its own. The browser's errors and warnings are collected in `complaints`.
export async function open(
	browser,
	studio,
	{ kept = {}, width = 1280, height = 900, scheme = 'light', offlineShell = false, ...more } = {}
) {
	const context = await browser.newContext({
		baseURL: studio.url,
		viewport: { width, height },
		colorScheme: scheme,
		locale: 'en-GB',
		timezoneId: 'Europe/London',
		reducedMotion: 'reduce',
		serviceWorkers: offlineShell ? 'allow' : 'block',
		...more
	});
	const page = await context.newPage();
	page.setDefaultTimeout(patience);
	page.setDefaultNavigationTimeout(patience);
	if (Object.keys(kept).length) await store(page, studio.url, kept);
	page.complaints = [];
	page.on('pageerror', (error) => page.complaints.push(String(error)));
	page.on(
		'console',
		(message) =>
			['error', 'warning'].includes(message.type()) &&
			!message.text().includes('blocked by Playwright') &&
			page.complaints.push(message.text())
	);
	return page;
}

// Puts values into the storage of an address. Playwright's own way opens another page for it, with a process of its own.
async function store(page, url, values) {
	const empty = `${url}/empty`;
	await page.route(empty, (route) => route.fulfill({ contentType: 'text/html', body: '' }));
	await page.goto(empty);
	await page.evaluate((values) => {
		for (const [name, value] of Object.entries(values)) localStorage.setItem(name, JSON.stringify(value));
	}, values);
	await page.unroute(empty);
}

/** Waits until an open page has subscribed to what changes. */
export const becomesLive = (page) =>
	page.waitForResponse((response) => response.request().postData()?.includes('"portal') ?? false);

/**
 * Opens a path, if one is given, does something with the page, and closes it. Fails on any error or warning of the browser,
 * except expected ones.
 *
 * @param {any} page
 * @param {(page: any) => unknown} walk
 * @param {{ path?: string, expected?: RegExp }} [options]
 */
export async function walkThrough(page, walk, { path, expected } = {}) {
	try {
		if (path) {
			await page.goto(path);
			await page.getByRole('heading', { level: 1 }).waitFor();
		}
		await walk(page);
		assert.deepEqual(
			page.complaints.filter((complaint) => !expected?.test(complaint)),
			[]
		);
	} finally {
		await page.context().close();
	}
}

const sessions = new WeakMap();

// Playwright awaits each key before the next one; here they are sent in order without waiting.
async function devtools(page) {
	if (!sessions.has(page)) sessions.set(page, page.context().newCDPSession(page));
	return sessions.get(page);
}

// Presses Tab (or, with back, Shift+Tab) until the element with the role and name has the focus.
export async function tabTo(page, role, name, { back = false } = {}) {
	const target = page.getByRole(role, { name, exact: typeof name === 'string' }).first();
	await target.waitFor();
	return tabUntil(page, target, `the ${role} “${name}”`, { back });
}

/**
 * Presses Tab until the element has the focus, several times at once, because asking after each takes longer than the
 * presses: once the element has the focus, it ignores those that are left. It is found anew for each burst, as it may
 * have been replaced.
 *
 * @param {import('playwright-core').Page} page
 * @param {any} target a locator
 * @param {string} called what a failure calls it
 * @param {{ back?: boolean }} [options]
 */
async function tabUntil(page, target, called, { back = false } = {}) {
	const [burst, bursts] = [16, 16];
	const tab = { key: 'Tab', code: 'Tab', windowsVirtualKeyCode: 9, modifiers: back ? 8 : 0 };
	const input = await devtools(page);
	for (let i = 0; i < bursts; i++) {
		const element = await target.elementHandle();
		if (await element.evaluate((element) => element === document.activeElement)) return target;
		const stop = await element.evaluateHandle((element) => {
			const ending = new AbortController();
			const halt = (event) => {
				if (event.key !== 'Tab' || document.activeElement !== element) return;
				event.preventDefault();
				event.stopImmediatePropagation();
			};
			addEventListener('keydown', halt, { capture: true, signal: ending.signal });
			return ending;
		});
		const strokes = Array.from({ length: burst }, () => ['rawKeyDown', 'keyUp']).flat();
		await Promise.all(strokes.map((type) => input.send('Input.dispatchKeyEvent', { type, ...tab })));
		await stop.evaluate((ending) => ending.abort());
	}
	const stuck = await page.evaluate(() => document.activeElement?.outerHTML.slice(0, 120));
	throw new Error(`the keyboard does not reach ${called}; it ends at ${stuck}`);
}

export async function press(page, role, name, options) {
	await tabTo(page, role, name, options);
	await page.keyboard.press('Enter');
}

export async function write(page, name, text) {
	await tabTo(page, 'textbox', name);
	await page.keyboard.press('ControlOrMeta+A');
	await page.keyboard.insertText(text);
}

// Opens the conversation about the record with a title, by keyboard.
export async function openThread(page, title) {
	const summary = page.locator('summary', { hasText: `on “${title}”` });
	await tabUntil(page, summary, `the conversation about “${title}”`);
	if (!(await summary.evaluate((element) => element.parentElement.open))) await page.keyboard.press('Enter');
}

/**
 * Waits until the element with the text has the focus, which moves only after the page has been redrawn.
 *
 * @param {import('playwright-core').Page} page
 * @param {string | RegExp} text
 * @param {string} [why] the message if it stays elsewhere
 */
export async function focusIs(page, text, why = 'the focus is elsewhere') {
	const focused = () => page.evaluate(() => document.activeElement?.textContent?.trim() ?? '');
	const isPattern = text instanceof RegExp;
	const wanted = { text: isPattern ? text.source : text, isPattern };
	try {
		await page.waitForFunction(({ text, isPattern }) => {
			const now = document.activeElement?.textContent?.trim() ?? '';
			return isPattern ? new RegExp(text).test(now) : now === text;
		}, wanted);
	} catch {
		assert.fail(`${why}: on ${JSON.stringify((await focused()).slice(0, 200))}, not ${text}`);
	}
}

// Changes how an open page is displayed, and returns once everything that depends on it has been redrawn.
export async function showAs(page, { scheme, width, height, text = '' }) {
	await page.emulateMedia({ colorScheme: scheme });
	await page.setViewportSize({ width, height });
	// The dashboard stores the colour scheme on its root element; the portal does not.
	await page.waitForFunction(
		(scheme) => [undefined, scheme].includes(document.documentElement.dataset.colorScheme),
		scheme
	);
	await page.evaluate(async (size) => {
		document.documentElement.style.fontSize = size;
		await new Promise((drawn) => requestAnimationFrame(() => requestAnimationFrame(drawn)));
		await Promise.all(
			document
				.getAnimations()
				.filter(({ effect }) => effect.getComputedTiming().iterations !== Infinity)
				.map(({ finished }) => finished.catch(() => {}))
		);
	}, text);
}
