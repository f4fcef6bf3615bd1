// A real studio for a test: the built binary with an owner, on a data directory of its own, until stop().
//
// The binary is the one that GREENROOM_BIN names, or else `greenroom` at the top of the repository, where `go build`
// and `make build` put it. It is run as a copy and with an empty environment, because a .env file beside the original
// or a variable of the developer's could otherwise let a test send real mail.

import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, rmSync, watch } from 'node:fs';
import { constants, copyFile, cp, link, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';

import { within } from './events.mjs';

export const owner = { email: 'james@example.com', password: 'a password of tests' };

const built = process.env.GREENROOM_BIN ?? fileURLToPath(new URL('../../greenroom', import.meta.url));

// The demo studio has its own owner, and clients with projects.
export const demoOwner = { email: 'owner@greenroom.example', password: 'greenroom-demo' };

/**
 * Makes what studios begin with: a copy of the binary, made before any of them starts, because a file that is being
 * written cannot be run. With data it makes those of the demo and of an empty studio too, which takes as long as a
 * whole test.
 *
 * @param {{ data?: boolean }} [options]
 * @returns {Promise<string>} the folder, which goes when this process ends
 */
export async function prepare({ data = false } = {}) {
	const dir = await mkdtemp(join(tmpdir(), 'greenroom-e2e-'));
	process.on('exit', () => rmSync(dir, { recursive: true, force: true }));
	const binary = join(dir, 'greenroom');
	await copyFile(built, binary, constants.COPYFILE_FICLONE);
	if (data) await Promise.all([true, false].map((demo) => new Studio(binary, join(dir, dataOf(demo))).load(demo)));
	return dir;
}

// The demo's dates are counted from the day on which it is loaded.
const dataOf = (demo) => `${demo ? 'demo' : 'empty'} of ${new Date().toDateString()}`;

// What run.mjs has prepared for all files. A file that runs by itself prepares the binary alone, once.
/** @type {string | Promise<string> | undefined} */
let prepared = process.env.GREENROOM_E2E_PREPARED;

// `automation` is a script of the owner's (pb_hooks).
export async function startStudio({ demo = false, env = {}, automation = '' } = {}) {
	const dir = await mkdtemp(join(tmpdir(), 'greenroom-e2e-'));
	const studio = new Studio(join(dir, 'greenroom'), join(dir, 'data'), env, () =>
		rm(dir, { recursive: true, force: true })
	);
	try {
		const made = await (prepared ??= prepare());
		await link(join(made, 'greenroom'), studio.binary);
		if (automation) {
			await mkdir(join(dir, 'pb_hooks'));
			await writeFile(join(dir, 'pb_hooks', 'tests.pb.js'), automation);
		}
		const data = join(made, dataOf(demo));
		if (existsSync(data)) await cp(data, studio.data, { recursive: true });
		else await studio.load(demo);
		await mkdir(studio.outbox, { recursive: true }); // so that it can be watched before the first mail
		await studio.serve();
	} catch (mistake) {
		await studio.stop();
		throw mistake;
	}
	return studio;
}

class Studio {
	#server;
	#given = new Set(); // mails whose code was returned
	#env;
	#removeFiles;

	/**
	 * @param {string} binary
	 * @param {string} data
	 * @param {Record<string, string>} [env]
	 * @param {() => Promise<void>} [removeFiles]
	 */
	constructor(binary, data, env = {}, removeFiles = undefined) {
		this.binary = binary;
		this.data = data;
		this.outbox = join(data, 'outbox');
		this.#env = env;
		this.#removeFiles = removeFiles;
	}

	load(demo) {
		return demo ? this.run('demo') : this.run('superuser', 'upsert', owner.email, owner.password);
	}

	// Runs a command to its end.
	async run(...args) {
		const command = this.#spawn(args);
		const [code] = await within(60, once(command, 'close'), `greenroom ${args[0]}`);
		if (code !== 0) throw new Error(`greenroom ${args[0]} ended with ${code}: ${command.said}`);
	}

	// Returns once the server prints that it listens. Tries again if another process took its port.
	async serve(attempts = 3, port = undefined) {
		const address = `127.0.0.1:${port ?? (await freePort())}`;
		const server = this.#spawn(['serve', '--http', address]);
		const listening = new Promise((resolve) => {
			createInterface({ input: server.stdout }).on(
				'line',
				(line) => line.includes('Server started at') && resolve(true)
			);
		});
		const ended = once(server, 'close').then(() => false);
		if (await within(60, Promise.race([listening, ended]), 'the start of the server')) {
			this.#server = server;
			this.url = `http://${address}`;
		} else if (attempts > 1 && server.said.includes('address already in use')) {
			await this.serve(attempts - 1);
		} else {
			throw new Error(`greenroom serve ended: ${server.said}`);
		}
	}

	// Stops the server, and serves the same data at the same address.
	async restart() {
		const { port } = new URL(this.url);
		await this.#end();
		await this.serve(1, port);
	}

	#spawn(args) {
		const { PATH, HOME, TMPDIR } = process.env;
		const child = Object.assign(
			spawn(this.binary, [...args, '--dir', this.data], {
				env: { PATH, HOME, TMPDIR, ...this.#env },
				stdio: ['ignore', 'pipe', 'pipe']
			}),
			{ said: '' }
		);
		const kill = () => child.kill('SIGKILL'); // the server does not outlive the test
		process.on('exit', kill);
		child.on('close', () => process.off('exit', kill));
		for (const stream of [child.stdout, child.stderr]) stream.on('data', (data) => (child.said += data));
		return child;
	}

	// Waits for a mail with a sign-in code that was not returned before, and returns the code.
	async codeFor(email) {
		const outbox = watch(this.outbox);
		const arrival = async () => {
			for (;;) {
				const changed = once(outbox, 'change'); // before looking, so that no mail is missed
				const code = await this.#findCode(email);
				if (code) return code;
				await changed;
			}
		};
		try {
			return await within(60, arrival(), `a mail with a code to ${email}`);
		} finally {
			outbox.close();
		}
	}

	async #findCode(email) {
		const newestFirst = (await readdir(this.outbox))
			.filter((name) => name.endsWith('.eml'))
			.sort()
			.reverse();
		for (const name of newestFirst) {
			const mail = await readFile(join(this.outbox, name), 'utf8');
			const code = mail.match(/^Subject: (\d{8}) is your sign-in code/m)?.[1];
			if (!code || this.#given.has(name) || !mail.match(/^To: .*$/m)?.[0].includes(email)) continue;
			this.#given.add(name);
			return code;
		}
	}

	async stop() {
		try {
			await this.#end();
		} finally {
			await this.#removeFiles?.();
		}
	}

	async #end() {
		if (!this.#server || this.#server.exitCode !== null) return;
		const ended = once(this.#server, 'close');
		process.kill(this.#server.pid, 'SIGTERM');
		await within(60, ended, 'the end of the server').catch((late) => {
			this.#server.kill('SIGKILL');
			throw late;
		});
	}
}

async function freePort() {
	const probe = createServer().listen(0, '127.0.0.1');
	await once(probe, 'listening');
	const { port } = /** @type {import('node:net').AddressInfo} */ (probe.address());
	probe.close();
	await once(probe, 'close');
	return port;
}
