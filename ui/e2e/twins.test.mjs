// Records that were created at the same moment, as by an import or a batch: each is shown once, and none is lost.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { becomesLive, launch, open, signIn, signInOwner } from './browser.mjs';
import { demoOwner, startStudio } from './studio.mjs';

const moment = '2026-11-20 10:00:00.000Z';
const people = ['mara@example.com', 'layla@open-door.example', 'ananya@nivaas.example'];

// An automation can set times, which no request can.
const automation = `routerAdd("POST", "/api/tests/one-moment", (e) => {
	for (const table of ["projects", "milestones", "sessions", "goals", "deliverables", "action_items", "attachments", "comments", "bookings"])
		$app.db().newQuery("UPDATE " + table + " SET created = '${moment}'").execute()
	$app.db().newQuery("UPDATE sessions SET date = '${moment}'").execute()
	$app.db().newQuery("UPDATE milestones SET sortOrder = 1").execute()
	return e.noContent(204)
}, $apis.requireSuperuserAuth())
`;

describe('rows of one moment', { timeout: 600_000 }, () => {
	let studio, browser, owner;

	before(async () => {
		studio = await startStudio({ demo: true, automation });
		[browser, owner] = await Promise.all([launch(), signInOwner(studio, demoOwner)]);
	});

	after(async () => {
		await browser?.close();
		await studio?.stop();
	});

	const ask = async (method, path, body) => {
		const answer = await fetch(`${studio.url}/api/${path}`, {
			method,
			headers: { Authorization: owner.token, 'Content-Type': 'application/json' },
			body: body && JSON.stringify(body)
		});
		assert.ok(answer.ok, `${path}: ${answer.status} ${await answer.clone().text()}`);
		return answer.status === 204 ? undefined : answer.json();
	};
	const find = async (collection, filter) =>
		(await ask('GET', `collections/${collection}/records?perPage=200&filter=${encodeURIComponent(filter)}`)).items;
	const heading = (page, name) => page.getByRole('heading', { level: 1, name }).waitFor();

	test('a thread has each comment once, the earlier ones and one that arrives too', async () => {
		const mara = await signIn(studio, people[0]);
		const [project] = await find('projects', `client = '${mara.record.id}' && status = 'ACTIVE'`);
		const goal = await ask('POST', 'collections/goals/records', { project: project.id, title: 'Everything at once' });
		const said = Array.from({ length: 120 }, (_, i) => `Said as number ${i + 1}.`);
		for (const body of said) await ask('POST', 'collections/comments/records', { goal: goal.id, body });
		await ask('POST', 'tests/one-moment');

		const page = await open(browser, studio, { kept: { greenroom: mara } });
		await Promise.all([page.goto(`/projects/${project.id}`), becomesLive(page)]);
		const thread = page.locator(`#thread-${goal.id}`);
		await thread.waitFor();
		await thread.evaluate((details) => (details.open = true));
		await thread.getByText(said.at(-1), { exact: true }).waitFor();
		const shown = () =>
			thread
				.locator('.comments > li')
				.allInnerTexts()
				.then((all) => all.map((text) => text.match(/Said as number \d+\./)?.[0] ?? text));
		assert.deepEqual(await shown(), said.slice(70));

		await ask('POST', 'collections/comments/records', { goal: goal.id, body: 'Said as number 121.' });
		await thread.getByText('Said as number 121.').waitFor();
		await ask('POST', 'tests/one-moment');
		const earlier = thread.getByRole('button', { name: /^Show earlier comments \(\d+\)$/ });
		for (let left = 71; left > 0;) {
			left = Number((await earlier.innerText()).match(/\d+/)[0]);
			const first = said[Math.max(0, left - 50)];
			await earlier.focus();
			await earlier.evaluate((button) => {
				button.click(); // twice, as an impatient finger does
				button.click();
			});
			await thread.getByText(first, { exact: true }).waitFor();
			left = Math.max(0, left - 50);
		}
		assert.deepEqual(await shown(), [...said, 'Said as number 121.']);
		assert.equal(await thread.getByRole('button', { name: /^Show earlier comments/ }).count(), 0);
		await thread.locator('summary:focus').waitFor(); // since the button is gone
		assert.deepEqual(page.complaints, []);
		await page.context().close();
	});

	for (const email of people) {
		test(`every page of ${email} has each row once`, async () => {
			await ask('POST', 'tests/one-moment');
			const kept = await signIn(studio, email);
			const id = kept.record.id;
			const [projects, sessions] = await Promise.all(
				['projects', 'sessions'].map((collection) => find(collection, `client = '${id}'`))
			);
			const page = await open(browser, studio, { kept: { greenroom: kept } });
			for (const [path, title] of [
				['/', /^Good /],
				['/bookings', 'Bookings'],
				['/goals', 'Goals']
			]) {
				await page.goto(path);
				await heading(page, title);
			}
			await page.goto('/projects');
			await heading(page, 'Projects');
			for (const { title } of projects) assert.equal(await page.getByRole('link', { name: title }).count(), 1, title);
			await page.goto('/sessions?shown=500');
			await heading(page, 'Sessions');
			assert.equal(await page.getByRole('main').getByRole('heading', { level: 2 }).count(), sessions.length);
			for (const { id, title } of projects) {
				await page.goto(`/projects/${id}`);
				await heading(page, title);
				for (const collection of ['sessions', 'deliverables', 'goals']) {
					const rows = await find(collection, `project = '${id}'`);
					const kind = collection.slice(0, -1);
					for (const row of rows) assert.equal(await page.locator(`[id="${kind}-${row.id}"]`).count(), 1, row.title);
				}
			}
			assert.deepEqual(page.complaints, []);
			await page.context().close();
		});
	}
});
