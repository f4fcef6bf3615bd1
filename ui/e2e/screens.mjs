// Takes screenshots of every page and state, in light and dark, at four widths, into e2e/screens: npm run screens.
// Those of the README go to docs/. The services are the demo's own.

import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import { openDemo } from './demo.mjs';
import { demoVisits, goThere, signInVisitors, visits } from './visits.mjs';

const folder = fileURLToPath(new URL('./screens/', import.meta.url));
const docs = fileURLToPath(new URL('../../docs/', import.meta.url));
const only = process.argv[2]; // part of the names to take

const demo = await openDemo();
try {
	await Promise.all([folder, docs].map((path) => mkdir(path, { recursive: true })));
	const find = async (collection, filter) => (await demo.james.collection(collection).getFirstListItem(filter)).id;
	const all = [
		...visits({ album: demo.album.id, mara: demo.mara.record.id }),
		...demoVisits({
			album: demo.album.id,
			mix: await find('deliverables', "title ~ 'Slow Thaw'"),
			forest: await find('projects', "title ~ 'Osm minut lesa'")
		})
	].filter(({ name }) => !only || name.includes(only));
	const signIns = await signInVisitors(demo, all);
	for (const scheme of ['light', 'dark']) {
		for (const width of [320, 390, 768, 1280]) {
			for (const visit of all) {
				const page = await goThere(visit, demo, signIns, { scheme, width, height: 800 });
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
	await demo.stop();
}
