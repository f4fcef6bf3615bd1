// Pictures of every page and state, in light and dark, at three widths, into e2e/screens, to be looked at: npm run
// screens. Those of the README go to docs/.

import { mkdir } from 'node:fs/promises';
import { fileURLToPath } from 'node:url';

import { launch, open, signIn, signInOwner } from './browser.mjs';
import { startStripe } from './stripe.mjs';
import { demoOwner, startStudio } from './studio.mjs';
import { visits } from './visits.mjs';

const folder = fileURLToPath(new URL('./screens/', import.meta.url));
const docs = fileURLToPath(new URL('../../docs/', import.meta.url));
const only = process.argv[2]; // a part of the names

const stripe = await startStripe();
const studio = await startStudio({ demo: true, env: stripe.env });
const browser = await launch();
try {
	await Promise.all([folder, docs].map((path) => mkdir(path, { recursive: true })));
	const owner = await signInOwner(studio, demoOwner);
	const signIns = {};
	for (const who of ['mara@example.com', 'grace@example.com']) signIns[who] = await signIn(studio, who);
	const answer = await fetch(
		`${studio.url}/api/collections/projects/records?filter=${encodeURIComponent("title ~ 'Slow Thaw'")}`,
		{ headers: { Authorization: owner.token } }
	);
	const album = (await answer.json()).items[0].id;
	for (const scheme of ['light', 'dark']) {
		for (const width of [320, 768, 1280]) {
			for (const visit of visits({ album, mara: signIns['mara@example.com'].record.id })) {
				if (only && !visit.name.includes(only)) continue;
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
	stripe.stop();
}
