// Markdown is shown as its writer meant it, and runs nothing.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { launch, open, signIn, signInOwner, tabTo } from './browser.mjs';
import { violations } from './examine.mjs';
import { owner, startStudio } from './studio.mjs';

const notes = `# Done today
- *Drums* to tape
- Bass, <b>twice</b>

## Next
1. Guitars
2. Voices

<script>window.name = 'ran'</script>
<img src=x onerror="window.name = 'ran'">
[press](javascript:window.name=3) and [the plan](https://example.com/plan)`;

const paragraph = 'We listened to everything twice. '.repeat(20);
const longNotes = `# Long day\n\n${paragraph}\n\n${paragraph}\n\n${paragraph}\n\n## At the end\n\n- The last word\n\n${paragraph}`;

describe('Markdown', { timeout: 600_000 }, () => {
	let studio, browser, boss, ana, project, session, long;

	before(async () => {
		[studio, browser] = await Promise.all([startStudio(), launch()]);
		boss = await signInOwner(studio, owner);
		const make = async (collection, fields) => {
			const answer = await fetch(`${studio.url}/api/collections/${collection}/records`, {
				method: 'POST',
				headers: { 'Content-Type': 'application/json', Authorization: boss.token },
				body: JSON.stringify(fields)
			});
			assert.equal(answer.status, 200, await answer.clone().text());
			return answer.json();
		};
		const client = await make('clients', { email: 'ana@example.com', name: 'Ana' });
		project = await make('projects', {
			client: client.id,
			title: 'Album',
			serviceType: 'AUDIO',
			description: '# About\nTen **songs**.'
		});
		session = await make('sessions', { project: project.id, title: 'Day one', date: '2026-11-18 10:00:00Z', notes });
		const other = await make('projects', { client: client.id, title: 'Second album', serviceType: 'AUDIO' });
		long = await make('sessions', {
			project: other.id,
			title: 'Day zero',
			date: '2026-11-17 10:00:00Z',
			notes: longNotes
		});
		await make('comments', { session: session.id, body: 'As said:\n- louder\n- <i>wider</i>' });
		ana = await signIn(studio, 'ana@example.com');
	});

	after(async () => {
		await browser?.close();
		await studio?.stop();
	});

	async function asMeant(page) {
		const item = page.locator(`#session-${session.id}`);
		assert.equal(await item.getByRole('heading', { name: 'Done today', level: 4 }).count(), 1);
		assert.equal(await item.getByRole('heading', { name: 'Next', level: 5 }).count(), 1);
		assert.deepEqual(await item.locator('.words').first().getByRole('listitem').allInnerTexts(), [
			'Drums to tape',
			'Bass, <b>twice</b>',
			'Guitars',
			'Voices'
		]);
		assert.equal(await item.getByRole('link', { name: 'press' }).count(), 0);
		const plan = item.getByRole('link', { name: 'the plan' });
		assert.equal(await plan.getAttribute('href'), 'https://example.com/plan');
		assert.equal(await plan.getAttribute('rel'), 'nofollow noopener noreferrer');
		assert.match(await item.innerText(), /<script>window\.name = 'ran'<\/script>/);
	}

	test('long notes show a screenful, and the rest when it is asked for', async () => {
		const page = await open(browser, studio, { kept: { greenroom: ana } });
		await page.goto(`/projects/${long.project}`);
		const item = page.locator(`#session-${long.id}`);
		const end = item.getByRole('heading', { name: 'At the end', level: 5 });
		await item.getByRole('heading', { name: 'Long day', level: 4 }).waitFor();
		assert.equal(await end.isVisible(), false);
		const summary = item.locator('summary').first();
		assert.equal((await summary.textContent())?.trim(), 'The rest of the notes of “Day zero”');
		await summary.focus();
		await page.keyboard.press('Enter');
		await end.waitFor();
		assert.equal(await item.getByRole('listitem').filter({ hasText: 'The last word' }).count(), 1);
		assert.equal(await item.getByText('We listened to everything').count(), 4);
		assert.deepEqual(await violations(page), []);
		await page.goto(`/projects/${project.id}`);
		await page.locator(`#session-${session.id}`).waitFor();
		assert.equal(await page.getByText('The rest of the notes').count(), 0);
		await page.context().close();
	});

	test('in the portal it is lists, headings and links', async () => {
		const page = await open(browser, studio, { kept: { greenroom: ana } });
		await page.goto(`/projects/${project.id}`);
		await page.getByRole('heading', { level: 1, name: 'Album' }).waitFor();
		assert.equal(await page.getByRole('heading', { level: 2, name: 'About' }).count(), 1);
		await asMeant(page);
		assert.deepEqual(await violations(page), []);

		await page.locator(`#session-${session.id} details`).evaluate((thread) => (thread.open = true));
		const comment = page.getByRole('article').first();
		assert.deepEqual(await comment.getByRole('listitem').allInnerTexts(), ['louder', '<i>wider</i>']);

		await page.goto('/sessions');
		await page.getByText('Notes').first().click();
		assert.equal(await page.getByRole('heading', { name: 'Done today', level: 3 }).count(), 1);
		assert.deepEqual(await violations(page), []);
		assert.equal(await page.evaluate(() => window.name), '');
		assert.deepEqual(page.complaints, []);
	});

	test('in the Studio it is found by its words, from anywhere, and the palette leads to it', async () => {
		const page = await open(browser, studio, { kept: { '__pb_superusers__/_': boss } });
		await page.goto('/_/#/studio');
		await page.getByRole('heading', { level: 1 }).waitFor();
		await page.keyboard.press('Control+K');
		await page.getByRole('dialog').getByRole('searchbox').fill('guitars');
		const found = page.getByRole('link', { name: /^Session: Day one, Album/ });
		await found.waitFor();
		assert.deepEqual(await found.locator('mark').allInnerTexts(), ['Guitars']);
		assert.equal(await found.locator('b, script, img').count(), 0);
		await page.keyboard.press('Enter');
		await page.waitForURL(new RegExp(`#/studio/projects/${project.id}/session-${session.id}$`));
		assert.equal(await page.evaluate(() => window.name), '');
	});

	test('in the Studio the field stays plain, and a preview shows what is meant', async () => {
		const page = await open(browser, studio, { kept: { '__pb_superusers__/_': boss } });
		await page.goto(`/_/#/studio/projects/${project.id}`);
		const field = await tabTo(page, 'textbox', 'Notes of “Day one”');
		assert.equal(await field.inputValue(), notes);
		await page.locator('summary', { hasText: 'Preview' }).press('Enter');
		await page.getByRole('heading', { name: 'Done today', level: 4 }).waitFor();
		await page.getByText("window.name = 'ran'").last().waitFor();
		await field.press('ControlOrMeta+Home');
		await page.keyboard.insertText('- first of all\n\n');
		await page.locator('.words li', { hasText: 'first of all' }).waitFor();

		await page.getByRole('button', { name: 'Add a milestone' }).press('Enter');
		const form = page.getByRole('form', { name: 'Add a milestone' });
		await form.getByRole('textbox', { name: /^Description/ }).fill('- loud\n- **louder**');
		await form.locator('summary', { hasText: 'Preview of the description: Add a milestone' }).press('Enter');
		await form.locator('.words li strong', { hasText: 'louder' }).waitFor();
		assert.equal(await page.evaluate(() => window.name), '');
		assert.deepEqual(await violations(page), []);
	});
});
