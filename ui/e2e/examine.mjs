// Checks that hold for every page: no rule of axe's is violated, no target is too small, and the accessibility tree
// equals its snapshot in e2e/tree.

import assert from 'node:assert/strict';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { createRequire } from 'node:module';

const axe = await readFile(createRequire(import.meta.url).resolve('axe-core/axe.min.js'), 'utf8');
const all = ['wcag2a', 'wcag2aa', 'wcag21a', 'wcag21aa', 'wcag22aa', 'best-practice'];
const update = process.env.UPDATE_TREES === '1';

/** The rules about colours: the only ones that a page can violate in one colour scheme alone. */
export const ofColours = ['color-contrast', 'link-in-text-block'];

/**
 * The rules that the page violates now, each with its elements.
 *
 * @param {any} page
 * @param {string[]} [rules] axe's tags, or names of rules
 * @param {string} [within] the part in which a text that axe takes for covered counts too, since it cannot tell its colours
 */
export async function violations(page, rules = all, within = undefined) {
	if (!(await page.evaluate(() => 'axe' in window))) await page.evaluate(axe);
	const found = await page.evaluate(
		async ([rules, within]) => {
			const { violations, incomplete } = await window.axe.run(document, {
				runOnly: rules,
				resultTypes: within ? ['violations', 'incomplete'] : ['violations']
			});
			if (!within) return violations;
			const covered = ({ any, target }) =>
				any.some(({ data }) => data?.messageKey === 'elmPartiallyObscured') &&
				document.querySelector(within).contains(document.querySelector(target[0]));
			for (const rule of incomplete) rule.nodes = rule.nodes.filter(covered);
			return [...violations, ...incomplete.filter(({ nodes }) => nodes.length > 0)];
		},
		[rules, within]
	);
	return found.map(({ id, nodes }) => ({
		id,
		nodes: nodes.map(({ target, failureSummary }) => `${target} ${failureSummary}`)
	}));
}

/**
 * Targets smaller than 44 px in either direction, including the label around them. A link within a sentence may be as
 * high as its line.
 */
export const smallTargets = (page, within = 'body') =>
	page.evaluate((within) => {
		const inSentence = (element) => element.tagName === 'A' && getComputedStyle(element).display === 'inline';
		return [...document.querySelectorAll('a, button, summary, input, select, textarea')]
			.filter((element) => element.closest(within))
			.filter((element) => element.checkVisibility() && !element.closest('.vh') && !inSentence(element))
			.map((element) => ({ element, box: (element.closest('label') ?? element).getBoundingClientRect() }))
			.filter(({ box }) => box.height < 43.9 || box.width < 43.9)
			.map(
				({ element, box }) =>
					`${element.outerHTML.slice(0, 80)} is ${Math.round(box.width)} by ${Math.round(box.height)}`
			);
	}, within);

// Replaces what changes from day to day by its kind, and sorts what is due on the same day.
function timeless(tree) {
	return tree
		.replaceAll(/Good (morning|afternoon|evening)/g, 'Good ‹part of the day›')
		.replaceAll(/- '?link "“[^\n]* (was|is) due[^\n]*\n *- \/url: [^\n]*/g, '- link "‹something› $1 due"')
		.replaceAll(
			/\b(?:(?:Mon|Tues|Wednes|Thurs|Fri|Satur|Sun)day )?\d{1,2} (?:January|February|March|April|May|June|July|August|September|October|November|December)(?: \d{4})?/g,
			'‹date›'
		)
		.replaceAll(/\b\d{4}-\d\d-\d\d\b/g, '‹day›')
		.replaceAll(/\b\d\d:\d\d\b/g, '‹time›')
		.replaceAll(/\b(today|tomorrow|in \d+ days|\d+ days? late)\b/g, '‹so far off›')
		.replaceAll(/^(\s*- status): .*$/gm, '$1') // announcements disappear after a moment
		.replaceAll(/\/url: .*/g, (line) => line.replaceAll(/[a-z0-9]{15}/g, '‹id›'));
}

/**
 * Compares the accessibility tree of a part of the page with its snapshot in e2e/tree. UPDATE_TREES=1 writes the
 * snapshot.
 */
export async function compareTree(page, name, part) {
	const file = new URL(`./tree/${name.replaceAll(/\W+/g, '-')}.txt`, import.meta.url);
	await page.locator('.pending').waitFor({ state: 'detached' }); // waits until the page has loaded
	const tree = timeless(`${await page.title()}\n\n${await page.locator(part).ariaSnapshot()}\n`);
	if (update) {
		await mkdir(new URL('./tree/', import.meta.url), { recursive: true });
		return writeFile(file, tree);
	}
	assert.equal(
		tree,
		await readFile(file, 'utf8'),
		`${name} says something else than before; if it should, run with UPDATE_TREES=1`
	);
}
