// Pictures of every page and state, in light and dark, at four widths, into e2e/screens, to be looked at: npm run
// screens. Those of the README go to docs/. The services are the demo's own.

import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import { launch, open, signIn, signInOwner } from './browser.mjs';
import { demoOwner, startStudio } from './studio.mjs';
import { demoVisits, visits } from './visits.mjs';

const folder = fileURLToPath(new URL('./screens/', import.meta.url));
const docs = fileURLToPath(new URL('../../docs/', import.meta.url));
const only = process.argv[2]; // a part of the names

const studio = await startStudio({ demo: true });
const browser = await launch();
try {
	await Promise.all([folder, docs].map((path) => mkdir(path, { recursive: true })));
	const owner = await signInOwner(studio, demoOwner);
	const find = async (collection, filter) => {
		const answer = await fetch(
			`${studio.url}/api/collections/${collection}/records?filter=${encodeURIComponent(filter)}`,
			{ headers: { Authorization: owner.token } }
		);
		return (await answer.json()).items[0].id;
	};
	const all = [
		...visits({
			album: await find('projects', "title ~ 'Slow Thaw'"),
			mara: await find('clients', "email = 'mara@example.com'")
		}),
		...demoVisits({
			album: await find('projects', "title ~ 'Slow Thaw'"),
			mix: await find('deliverables', "title ~ 'Slow Thaw'"),
			forest: await find('projects', "title ~ 'Osm minut lesa'")
		})
	].filter(({ name }) => !only || name.includes(only));
	const signIns = {};
	for (const who of new Set(['mara@example.com', ...all.flatMap((visit) => visit.who ?? [])]))
		signIns[who] = await signIn(studio, who);
	for (const scheme of ['light', 'dark']) {
		for (const width of [320, 390, 768, 1280]) {
			for (const visit of all) {
				const kept = visit.guest
					? {}
					: visit.owner
						? { '__pb_superusers__/_': owner }
						: { greenroom: signIns[visit.who ?? 'mara@example.com'] };
				const page = await open(browser, studio, { kept, scheme, width, height: 800 });
				await visit.before?.(page);
				await page.goto(visit.path);
				await page.getByRole('heading', { level: 1 }).waitFor();
				await visit.act?.(page);
				await page.screenshot({
					path: `${folder}${visit.name.replaceAll(/\W+/g, '-')}-${width}-${scheme}.png`,
					fullPage: visit.only !== 'dialog[open]'
				});
				if (width === 1280 && scheme === 'light' && visit.name === 'dashboard')
					await page.screenshot({ path: `${docs}dashboard.png` });
				if (width === 320 && scheme === 'dark' && visit.name === 'project')
					await page.screenshot({ path: `${docs}project.png`, clip: { x: 0, y: 0, width: 320, height: 800 } });
				await page.context().close();
			}
		}
	}
} finally {
	await browser.close();
	await studio.stop();
}
