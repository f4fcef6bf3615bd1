// The upload module against the built binary with files on its disk, over a connection that is cut; and against a
// substitute for a studio with a bucket, for what only buckets do.

import assert from 'node:assert/strict';
import { createHash } from 'node:crypto';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer as createHTTPServer } from 'node:http';
import { connect, createServer } from 'node:net';
import { after, before, test } from 'node:test';
import ts from 'typescript';

import { owner, startStudio } from '../../../e2e/studio.mjs';

async function scriptOf(file) {
	const { outputText } = ts.transpileModule(await readFile(new URL(file, import.meta.url), 'utf8'), {
		compilerOptions: { target: ts.ScriptTarget.ES2023, module: ts.ModuleKind.ESNext }
	});
	return outputText;
}

const address = (script) => 'data:text/javascript,' + encodeURIComponent(script).replaceAll("'", '%27');
const send = address(await scriptOf('upload_send.ts'));
const { upload, UploadError } = await import(address((await scriptOf('upload.ts')).replace('./upload_send.ts', send)));

const MB = 1 << 20;
const quick = () => 20; // milliseconds between two attempts

function fileOf(size, name = 'Mix 1.wav') {
	const content = Buffer.alloc(size);
	for (let at = 0; at < size; at += 4) content.writeUInt32LE(at >>> 0, Math.min(at, size - 4));
	return new File([content], name, { lastModified: 1_700_000_000_000 });
}

const hash = (content) => createHash('sha256').update(content).digest('hex');
const hashOf = async (file) => hash(Buffer.from(await file.arrayBuffer()));

/** The storage of a browser, which outlives a closed tab. */
class Memory extends Map {
	getItem = (key) => this.get(key) ?? null;
	setItem = (key, value) => void this.set(key, value);
	removeItem = (key) => void this.delete(key);
}

/** A line to the studio that is cut each time so many bytes have gone up. */
async function flakyLine(url, ...cuts) {
	const target = new URL(url);
	const sockets = new Set();
	let gone = 0;
	const server = createServer((here) => {
		const there = connect(Number(target.port), target.hostname);
		const end = () => (here.destroy(), there.destroy(), sockets.delete(here));
		sockets.add(here);
		here.on('data', (bytes) => {
			gone += bytes.length;
			if (gone > cuts[0]) {
				cuts.shift();
				return end();
			}
			if (!there.write(bytes)) here.pause();
		});
		there.on('drain', () => here.resume());
		there.on('data', (bytes) => here.write(bytes));
		for (const socket of [here, there]) socket.on('error', end).on('close', end);
	});
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	return {
		url: `http://127.0.0.1:${/** @type {import('node:net').AddressInfo} */ (server.address()).port}`,
		cutsLeft: () => cuts.length,
		close: () => (sockets.forEach((socket) => socket.destroy()), server.close())
	};
}

let studio, token, project;
before(async () => {
	studio = await startStudio();
	const post = async (path, body) => {
		const headers = { 'Content-Type': 'application/json', ...(token && { Authorization: token }) };
		const response = await fetch(studio.url + path, { method: 'POST', headers, body: JSON.stringify(body) });
		assert.ok(response.ok, await response.clone().text());
		return response.json();
	};
	({ token } = await post('/api/collections/_superusers/auth-with-password', {
		identity: owner.email,
		password: owner.password
	}));
	const client = await post('/api/collections/clients/records', { email: 'ana@example.com', name: 'Ana' });
	({ id: project } = await post('/api/collections/projects/records', {
		client: client.id,
		title: 'Album',
		serviceType: 'AUDIO'
	}));
});
after(() => studio?.stop());

const options = (file, more = {}) => ({ file, project, base: studio.url, token: () => token, pause: quick, ...more });

async function stored(record) {
	const link = await fetch(`${studio.url}/api/portal/attachments/${record.id}/link`, {
		headers: { Authorization: token }
	});
	return Buffer.from(await (await fetch((await link.json()).url)).arrayBuffer());
}

test('a file arrives whole over a line that is cut three times', async () => {
	const file = fileOf(40 * MB + 5);
	const line = await flakyLine(studio.url, 3 * MB, 12 * MB, 30 * MB);
	const seen = [];
	const record = await upload(options(file, { base: line.url, onProgress: (sent) => seen.push(sent) })).done;
	line.close();
	assert.equal(line.cutsLeft(), 0);
	assert.equal(record.filename, file.name);
	assert.equal(hash(await stored(record)), await hashOf(file));
	assert.equal(seen.at(-1), file.size);
});

test('a file chosen again after a closed tab goes on where it was', async () => {
	const file = fileOf(24 * MB, 'take.wav');
	const memory = new Memory();
	const line = await flakyLine(studio.url, 20 * MB);
	const first = upload(options(file, { base: line.url, memory, pause: () => 1e9 })); // the tab is closed in the first pause
	await new Promise((resolve) => {
		const look = setInterval(() => line.cutsLeft() === 0 && (clearInterval(look), resolve()), 5);
	});
	line.close();
	assert.equal(memory.size, 1);
	const seen = [];
	const record = await upload(options(file, { memory, onProgress: (sent) => seen.push(sent) })).done;
	assert.ok(seen[0] >= 16 * MB, `it went on at ${seen[0]}`);
	assert.equal(memory.size, 0);
	assert.equal(hash(await stored(record)), await hashOf(file));
	first.cancel();
	await assert.rejects(first.done, { name: 'AbortError' });
});

test('pause, resume and cancel do what they say', async () => {
	const states = [];
	const paused = upload(
		options(fileOf(30 * MB, 'paused.wav'), {
			onState: (state) => states.push(state),
			onProgress: (sent) => sent > 8 * MB && pauseOnce()
		})
	);
	let pauses = 0;
	const pauseOnce = () => {
		if (pauses++ > 0) return;
		paused.pause();
		setTimeout(() => {
			assert.equal(states.at(-1), 'paused');
			paused.resume();
		}, 50);
	};
	await paused.done;
	assert.deepEqual(states.filter((state) => state !== 'waiting').slice(0, 4), ['sending', 'paused', 'sending', 'done']);

	const memory = new Memory();
	const cancelled = upload(
		options(fileOf(30 * MB, 'cancelled.wav'), { memory, onProgress: (sent) => sent > 8 * MB && cancelled.cancel() })
	);
	await assert.rejects(cancelled.done, { name: 'AbortError' });
	assert.equal(memory.size, 0);
});

test('a refusal is said in the studio’s words, and not tried again', async () => {
	let asked = 0;
	const refused = upload(options(fileOf(0), { token: () => (asked++, token) }));
	await assert.rejects(
		refused.done,
		(/** @type {any} */ failure) =>
			failure instanceof UploadError && failure.status === 400 && /empty/.test(failure.message)
	);
	assert.equal(asked, 1);
});

test('the page of a hotel’s network in place of each answer is no file that arrived', async (t) => {
	const file = fileOf(1 * MB, 'hotel.wav');
	const seen = new Set();
	const ask = globalThis.fetch;
	t.mock.method(globalThis, 'fetch', async (address, init) => {
		const step = `${init.method} ${new URL(address).pathname.match(/parts$|complete$/) ?? ''}`;
		if (seen.has(step)) return ask(address, init);
		seen.add(step);
		return new Response('<html><h1>Welcome to our hotel</h1></html>', { headers: { 'Content-Type': 'text/html' } });
	});
	const record = await upload(options(file)).done;
	t.mock.restoreAll();
	assert.deepEqual([...seen], ['POST ', 'PATCH ', 'POST parts', 'POST complete']);
	assert.equal(record.filename, file.name);
	assert.equal(hash(await stored(record)), await hashOf(file));
});

test('a bucket gets equal parts, and again those of which it took only a piece', async () => {
	const file = fileOf(20 * MB + 7);
	const there = new Map(); // parts in the bucket
	let puts = 0;
	let completed;
	const server = createHTTPServer(async (request, response) => {
		const chunks = [];
		for await (const chunk of request) chunks.push(chunk);
		const body = Buffer.concat(chunks);
		const answer = (status, value, headers = {}) => response.writeHead(status, headers).end(JSON.stringify(value));
		if (request.method === 'PUT') {
			const number = Number(request.url.slice(1));
			const piece = ++puts === 2 ? body.subarray(0, 100) : body; // once the bucket stores a part of it, and the connection breaks
			there.set(number, piece);
			return puts === 2 ? response.destroy() : answer(200, {}, { ETag: `"${hash(piece)}"` });
		}
		const ask = JSON.parse(body.toString() || '{}');
		const received = [...there].map(([number, content]) => ({ number, etag: hash(content) }));
		if (request.url.endsWith('/uploads')) return answer(200, { id: 'u', kind: 's3', partSizeBytes: 8 * MB, parts: 3 });
		if (request.url.endsWith('/parts')) {
			const parts = (ask.numbers ?? []).map((number) => ({
				number,
				url: `${base}/${number}`,
				sizeBytes: Math.min(8 * MB, file.size - (number - 1) * 8 * MB)
			}));
			return answer(200, { parts, received, receivedBytes: 0 });
		}
		completed = ask.parts;
		answer(200, { id: 'u' });
	});
	server.listen(0, '127.0.0.1');
	await once(server, 'listening');
	const base = `http://127.0.0.1:${/** @type {import('node:net').AddressInfo} */ (server.address()).port}`;
	try {
		await upload(options(file, { base })).done;
		assert.equal(hash(Buffer.concat([1, 2, 3].map((number) => there.get(number)))), await hashOf(file));
		assert.deepEqual(
			completed,
			[1, 2, 3].map((number) => ({ number, etag: hash(there.get(number)) }))
		);
	} finally {
		server.closeAllConnections();
		server.close();
	}
});
