// What the Studio's tests share: the dashboard opened as the owner, and what has to hold of every page and state of ours.

import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

import { open } from './browser.mjs';

const axe = createRequire(import.meta.url).resolve('axe-core/axe.min.js');

/** By how the pages are looked at. */
export const looks = [
	{ name: 'light, 1280 px', scheme: 'light', width: 1280, height: 900 },
	{ name: 'dark, 1280 px', scheme: 'dark', width: 1280, height: 900 },
	{ name: 'light, 320 px', scheme: 'light', width: 320, height: 640 }
];

/** A page of the Studio's, signed in as the owner read to its heading, and live. */
export async function openStudio(browser, studio, owner, path = '', look = {}) {
	const page = await open(browser, studio, { kept: { '__pb_superusers__/_': owner }, ...look });
	page.setDefaultTimeout(10_000);
	const live = page.waitForResponse((response) => response.request().postData()?.includes('"portal') ?? false);
	await page.goto(`/_/#/studio${path && '/' + path}`);
	await page.getByRole('heading', { level: 1 }).waitFor();
	await live;
	return page;
}

/** Everything that has to hold of a page as it stands now. */
export async function examine(page) {
	assert.deepEqual(await violations(page), []);
	assert.ok((await page.evaluate(() => Math.max(document.documentElement.scrollWidth - innerWidth, document.querySelector('.studio').scrollWidth - document.querySelector('.studio').clientWidth))) <= 0, 'it is wider than the window');
	assert.deepEqual(await smallTargets(page), []);
	assert.deepEqual(page.complaints, []);
}

async function violations(page) {
	await page.evaluate(await readFile(axe, 'utf8'));
	const { violations } = await page.evaluate(() => window.axe.run(document, { runOnly: ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'] }));
	return violations.map(({ id, nodes }) => `${id}: ${nodes.map((node) => `${node.target} ${node.failureSummary}`).join(' | ')}`);
}

// Whatever is pressed alone is 44 px in both directions, with the label around it; a link within a sentence is as high as its line.
const smallTargets = (page) =>
	page.evaluate(() => {
		const inSentence = (element) => element.tagName === 'A' && getComputedStyle(element).display === 'inline';
		return [...document.querySelectorAll(':is(a, button, summary, input, select, textarea):is(.studio *)')]
			.filter((element) => element.checkVisibility() && !element.closest('.vh') && !inSentence(element))
			.map((element) => ({ element, box: (element.closest('label') ?? element).getBoundingClientRect() }))
			.filter(({ box }) => box.height < 43.9 || box.width < 43.9)
			.map(({ element, box }) => `${element.outerHTML.slice(0, 80)} is ${Math.round(box.width)} by ${Math.round(box.height)}`);
	});

// What changes from day to day is written as what it is; what is due on the same day has no order.
function timeless(tree) {
	return tree
		.replaceAll(/- '?link "“[^\n]* (was|is) due[^\n]*\n *- \/url: [^\n]*/g, '- link "‹something› $1 due"')
		.replaceAll(/\b(?:(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day )?\d{1,2} (?:January|February|March|April|May|June|July|August|September|October|November|December)(?: \d{4})?/g, '‹date›')
		.replaceAll(/\b\d{4}-\d\d-\d\d\b/g, '‹day›')
		.replaceAll(/\b\d\d:\d\d\b/g, '‹time›')
		.replaceAll(/\b(today|tomorrow|in \d+ days|\d+ days? late)\b/g, '‹so far off›')
		.replaceAll(/\/url: .*/g, (line) => line.replaceAll(/[a-z0-9]{15}/g, '‹id›'));
}

/** Compares what a screen reader says of a part of the page with e2e/tree. UPDATE_TREES=1 writes it anew. */
export async function compareTree(page, name, part = '.studio') {
	const file = new URL(`./tree/${name.replaceAll(/\W+/g, '-')}.txt`, import.meta.url);
	const tree = timeless(`${await page.title()}\n\n${await page.locator(part).ariaSnapshot()}\n`);
	if (process.env.UPDATE_TREES === '1') {
		await mkdir(new URL('./tree/', import.meta.url), { recursive: true });
		return writeFile(file, tree);
	}
	assert.equal(tree, await readFile(file, 'utf8'), `${name} says something else than before; if it should, run with UPDATE_TREES=1`);
}

/** Asks the server as the owner. */
export async function ask(studio, owner, path, { method = 'GET', body } = {}) {
	const answer = await fetch(studio.url + path, { method, headers: { Authorization: owner.token, 'Content-Type': 'application/json' }, body: body && JSON.stringify(body) });
	if (!answer.ok) throw new Error(`${method} ${path}: ${answer.status} ${await answer.text()}`);
	return answer.status === 204 ? undefined : answer.json();
}
