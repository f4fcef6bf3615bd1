import { createHash } from 'node:crypto';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

import adapter from '@sveltejs/adapter-static';

// The version names what the bundle was made of, so that the same sources always make the same bundle, and an open page
// notices a new one.
function sources() {
	const hash = createHash('sha256').update(readFileSync('package-lock.json'));
	for (const entry of readdirSync('src', { recursive: true, withFileTypes: true }).sort((a, b) =>
		path(a) < path(b) ? -1 : 1
	)) {
		if (entry.isFile() && !entry.name.includes('.test.')) hash.update(path(entry)).update(readFileSync(path(entry)));
	}
	return hash.digest('hex').slice(0, 12);
}

function path(entry) {
	return join(entry.parentPath, entry.name);
}

/** @type {import('@sveltejs/kit').Config} */
export default {
	kit: {
		alias: { $face: 'src/face' },
		adapter: adapter({ pages: process.env.OUT ?? 'build', fallback: 'index.html', precompress: true }),
		output: { bundleStrategy: 'single' }, // one script and one style sheet: on a phone each further request costs its latency
		version: { name: sources() },
		prerender: { entries: [] }
	}
};
