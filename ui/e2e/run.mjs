// Runs the browser tests, and those of src/lib, each file in a process of its own: the longest first, so that none is
// left alone at the end, and three at once on two cores, because each waits now and then. With names of files it runs
// these alone. What studios begin with is made once for all of them.

import { readdirSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import { basename, join } from 'node:path';
import { run } from 'node:test';
import { spec } from 'node:test/reporters';
import { fileURLToPath } from 'node:url';

import { prepare } from './studio.mjs';

const longestFirst = [
	'studio-pages',
	'stock',
	'pages',
	'booking',
	'studio-project',
	'proxy',
	'journeys',
	'studio-home',
	'moments',
	'studio-keys',
	'studio-billing',
	'listen'
];

const ui = fileURLToPath(new URL('..', import.meta.url));
const all = ['e2e', 'src/lib'].flatMap((part) =>
	readdirSync(join(ui, part), { recursive: true, encoding: 'utf8' })
		.filter((name) => name.endsWith('.test.mjs'))
		.map((name) => join(ui, part, name))
);
const rank = (file) => {
	const place = longestFirst.indexOf(basename(file, '.test.mjs'));
	return place < 0 ? longestFirst.length : place;
};
const chosen = process.argv.slice(2).map((name) => join(process.cwd(), name));
const files = (chosen.length ? chosen : all).sort((a, b) => rank(a) - rank(b));

process.env.GREENROOM_E2E_PREPARED = await prepare({ data: true });
run({ files, concurrency: availableParallelism() + 1 })
	.on('test:fail', () => (process.exitCode = 1))
	.compose(new spec())
	.pipe(process.stdout);
