// One file on its way to the studio, whichever way the studio wants it: parts to a bucket or bytes to the server's
// disk.
//
// An upload goes in rounds. Each asks the studio what has arrived, sends what is missing and completes; whatever fails
// ends the round, and after a pause the next one goes on from what is there. So a lost line, a restarted server, an
// expired link and a closed tab are all the same case. What has to be known after a closed tab is kept in `memory`
// under the file's name, size and date; the same file chosen again goes on where it was.

/** Where to send to, as whom, and who wants to know. */
export interface UploadOptions {
	file: File;
	project: string;
	session?: string | undefined;
	/** What the file is to be the next version of. */
	deliverable?: string | undefined;
	/** The studio's origin, without a slash at the end. */
	base: string;
	/** The sign-in at this moment. */
	token: () => string;
	/** What survives a closed tab: localStorage, or nothing. */
	memory?: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;
	onProgress?: (sentBytes: number, totalBytes: number) => void;
	onState?: (state: UploadState) => void;
	/** Sends one body; the default reports progress where the browser can. */
	send?: Send;
	/** The pause after so many failures in a row, in milliseconds. */
	pause?: (failures: number) => number;
}

/** `waiting` is after a failure, before the next try. */
export type UploadState = 'sending' | 'waiting' | 'paused' | 'done' | 'failed' | 'cancelled';

export interface Upload {
	/**
	 * The attachment's record. Rejects with an UploadError when it cannot be sent, with an AbortError when it is
	 * cancelled.
	 */
	done: Promise<Record<string, unknown>>;
	pause: () => void;
	resume: () => void;
	cancel: () => void;
}

export type Send = (request: {
	method: string;
	url: string;
	headers: Record<string, string>;
	body: Blob;
	signal: AbortSignal;
	onSent: (bytes: number) => void;
}) => Promise<{ status: number; etag: string }>;

/** A refusal that trying again does not mend, in the studio's words. */
export class UploadError extends Error {
	readonly status: number;
	constructor(message: string, status: number) {
		super(message);
		this.name = 'UploadError';
		this.status = status;
	}
}

/** What is remembered of an upload that is not finished. */
interface Begun {
	id: string;
	kind: 's3' | 'tus';
	partSizeBytes: number;
	parts: number;
	etags: Record<number, string>; // the bucket's marks of the parts that it acknowledged
}

interface Arrived {
	parts: { number: number; url: string; sizeBytes: number }[];
	received: { number: number; etag: string }[];
	receivedBytes: number;
}

const inParallel = 3;
const failuresInARow = 12; // some four minutes
const longestPause = 30_000; // milliseconds
const stalledAfter = 90_000;

export function upload(options: UploadOptions): Upload {
	const { file, base, project, session = '', deliverable = '' } = options;
	const send = unlessStalled(options.send ?? defaultSend);
	const pauseAfter =
		options.pause ?? ((failures) => Math.min(longestPause, 1000 * 2 ** (failures - 1)) * (0.75 + Math.random() / 2));
	const key = ['greenroom-upload', project, session || deliverable, file.name, file.size, file.lastModified].join(':');

	let begun: Begun | null = remembered();
	let round = new AbortController();
	let paused = false;
	let cancelled = false;
	let wake = () => {};

	function remembered(): Begun | null {
		try {
			return JSON.parse(options.memory?.getItem(key) ?? 'null');
		} catch {
			return null;
		}
	}

	function remember(): void {
		try {
			options.memory?.setItem(key, JSON.stringify(begun));
		} catch {
			// A full or forbidden memory costs no more than resuming after a closed tab.
		}
	}

	function forget(): void {
		begun = null;
		options.memory?.removeItem(key);
	}

	async function ask<T>(method: string, path: string, body: unknown, signal: AbortSignal): Promise<T> {
		const response = await fetch(base + '/api/portal/uploads' + path, {
			method,
			signal,
			headers: { Authorization: options.token(), 'Content-Type': 'application/json' },
			body: JSON.stringify(body)
		});
		const answer = response.status === 204 ? null : await response.json().catch(() => null);
		if (!response.ok) throw new UploadError(answer?.message ?? 'The studio did not understand.', response.status);
		return answer as T;
	}

	const complete = (id: string, signal: AbortSignal) => {
		const parts =
			begun?.kind === 's3'
				? Object.entries(begun.etags).map(([number, etag]) => ({ number: Number(number), etag }))
				: undefined;
		return ask<Record<string, unknown>>('POST', `/${id}/complete`, { parts }, signal);
	};

	/** Begins, or takes up what was begun; the record, if all of it has been completed before. */
	async function begin(signal: AbortSignal): Promise<{ arrived: Arrived } | { record: Record<string, unknown> }> {
		if (begun) {
			const id = begun.id;
			try {
				return { arrived: await ask<Arrived>('POST', `/${id}/parts`, {}, signal) };
			} catch (refusal) {
				if (!isStatus(refusal, 404)) throw refusal;
			}
			try {
				return { record: await complete(id, signal) }; // the answer to it was lost
			} catch (refusal) {
				if (!isStatus(refusal, 404)) throw refusal;
			}
			forget(); // given up at the studio
		}
		begun = {
			...(await ask<Begun>(
				'POST',
				'',
				{ project, session, deliverable, filename: file.name, size: file.size },
				signal
			)),
			etags: {}
		};
		remember();
		return { arrived: { parts: [], received: [], receivedBytes: 0 } };
	}

	async function sendRound(signal: AbortSignal, progressed: () => void): Promise<Record<string, unknown>> {
		const start = await begin(signal);
		if ('record' in start) return start.record;
		const upload = begun!;
		await (upload.kind === 's3' ? sendParts : sendBytes)(upload, start.arrived, signal, progressed);
		return complete(upload.id, signal);
	}

	/** The bucket's way: parts in any order, a few at once, each by a link of its own. */
	async function sendParts(
		upload: Begun,
		arrived: Arrived,
		signal: AbortSignal,
		progressed: () => void
	): Promise<void> {
		const sizeOf = (number: number) => Math.min(upload.partSizeBytes, file.size - (number - 1) * upload.partSizeBytes);
		const there = new Map(arrived.received.map((part) => [part.number, part.etag]));
		const isThere = (number: number) =>
			upload.etags[number] !== undefined && upload.etags[number] === there.get(number);
		const numbers = Array.from({ length: upload.parts }, (_, i) => i + 1);
		const missing = numbers.filter((number) => !isThere(number));
		let sent = numbers.filter(isThere).reduce((bytes, number) => bytes + sizeOf(number), 0);
		const onTheWay = new Map<number, number>();
		const report = () =>
			options.onProgress?.(Math.min(file.size, sent + [...onTheWay.values()].reduce((a, b) => a + b, 0)), file.size);
		report();

		while (missing.length > 0) {
			const next = missing.splice(0, inParallel);
			const { parts } = await ask<Arrived>('POST', `/${upload.id}/parts`, { numbers: next }, signal);
			await allOf(
				parts.map(async ({ number, url, sizeBytes }) => {
					const from = (number - 1) * upload.partSizeBytes;
					const { status, etag } = await send({
						method: 'PUT',
						url,
						headers: {},
						body: file.slice(from, from + sizeBytes),
						signal,
						onSent: (bytes) => {
							onTheWay.set(number, bytes);
							report();
						}
					}).finally(() => onTheWay.delete(number));
					if (status !== 200) throw new Error(`The bucket answered ${status}.`); // an old link, most likely: the next round has a fresh one
					if (!etag)
						throw new UploadError(
							'The bucket does not let this page read ETag. Its CORS rules have to expose that header.',
							status
						);
					upload.etags[number] = etag;
					remember();
					sent += sizeBytes;
					progressed();
					report();
				})
			);
		}
	}

	/** The disk's way, the tus protocol: bytes that follow each other, a bounded piece at a time. */
	async function sendBytes(
		upload: Begun,
		arrived: Arrived,
		signal: AbortSignal,
		progressed: () => void
	): Promise<void> {
		let offset = arrived.receivedBytes;
		options.onProgress?.(offset, file.size);
		while (offset < file.size) {
			const piece = file.slice(offset, offset + upload.partSizeBytes);
			const { status } = await send({
				method: 'PATCH',
				url: `${base}/api/portal/uploads/${upload.id}`,
				headers: {
					Authorization: options.token(),
					'Tus-Resumable': '1.0.0',
					'Upload-Offset': String(offset),
					'Content-Type': 'application/offset+octet-stream'
				},
				body: piece,
				signal,
				onSent: (bytes) => options.onProgress?.(offset + bytes, file.size)
			});
			if (status === 507) throw new UploadError('There is no room for this file on the server just now.', status);
			if (status !== 204) throw new Error(`The studio answered ${status}.`); // the next round asks where to go on
			offset += piece.size;
			progressed();
			options.onProgress?.(offset, file.size);
		}
	}

	async function run(): Promise<Record<string, unknown>> {
		for (let failures = 0; ;) {
			if (cancelled) throw new DOMException('The upload was cancelled.', 'AbortError');
			if (paused) {
				options.onState?.('paused');
				await new Promise<void>((resolve) => (wake = resolve));
				failures = 0;
				continue;
			}
			round = new AbortController();
			options.onState?.('sending');
			try {
				const record = await sendRound(round.signal, () => (failures = 0));
				forget();
				options.onProgress?.(file.size, file.size);
				return record;
			} catch (failure) {
				round.abort(); // parts that are still on their way are of no use to the next round
				if (paused || cancelled) continue;
				failures++;
				if (isFinal(failure) || failures >= failuresInARow) throw failure;
			}
			options.onState?.('waiting');
			await new Promise<void>((resolve) => {
				const timer = setTimeout(resolve, pauseAfter(failures));
				wake = () => (clearTimeout(timer), resolve());
			});
		}
	}

	const done = run();
	done.then(
		() => options.onState?.('done'),
		() => options.onState?.(cancelled ? 'cancelled' : 'failed')
	);
	return {
		done,
		pause() {
			paused = true;
			round.abort();
			wake();
		},
		resume() {
			paused = false;
			wake();
		},
		cancel() {
			cancelled = true;
			const id = begun?.id;
			forget();
			round.abort();
			wake();
			if (id) void ask('DELETE', `/${id}`, undefined, AbortSignal.timeout(30_000)).catch(() => {}); // what stays is swept up at the studio
		}
	};
}

/** Waits for all of them, also when one has failed: none goes on behind the next round's back. */
async function allOf(work: Promise<void>[]): Promise<void> {
	const failed = (await Promise.allSettled(work)).find((result) => result.status === 'rejected');
	if (failed) throw failed.reason;
}

function isStatus(failure: unknown, status: number): boolean {
	return failure instanceof UploadError && failure.status === status;
}

// 409 is a part that is still missing, 408, 425 and 429 ask for patience; other refusals stay what they are.
function isFinal(failure: unknown): boolean {
	return (
		failure instanceof UploadError &&
		((failure.status < 500 && ![408, 409, 425, 429].includes(failure.status)) || failure.status === 507)
	);
}

/** Gives up a body of which nothing has gone for a while: a line that is dead does not always say so. */
function unlessStalled(send: Send): Send {
	return async (request) => {
		const stop = new AbortController(); // AbortSignal.any would be newer than browsers in use
		const follow = () => stop.abort(request.signal.reason);
		if (request.signal.aborted) follow();
		request.signal.addEventListener('abort', follow);
		let timer: ReturnType<typeof setTimeout> | undefined;
		const wait = () => {
			clearTimeout(timer);
			timer = setTimeout(() => stop.abort(new Error('The line is dead.')), stalledAfter);
		};
		wait();
		try {
			return await send({ ...request, signal: stop.signal, onSent: (bytes) => (wait(), request.onSent(bytes)) });
		} finally {
			clearTimeout(timer);
			request.signal.removeEventListener('abort', follow);
		}
	};
}

const defaultSend: Send = typeof XMLHttpRequest === 'undefined' ? sendByFetch : sendByXHR;

async function sendByFetch({ method, url, headers, body, signal }: Parameters<Send>[0]): ReturnType<Send> {
	const response = await fetch(url, { method, headers, body, signal });
	await response.arrayBuffer();
	return { status: response.status, etag: bare(response.headers.get('ETag')) };
}

// What a fetch has sent cannot be seen in a browser.
function sendByXHR({ method, url, headers, body, signal, onSent }: Parameters<Send>[0]): ReturnType<Send> {
	return new Promise((resolve, reject) => {
		if (signal.aborted) return reject(signal.reason);
		const request = new XMLHttpRequest();
		const abort = () => request.abort();
		request.open(method, url);
		for (const [name, value] of Object.entries(headers)) request.setRequestHeader(name, value);
		request.upload.onprogress = (event) => onSent(event.loaded);
		request.onload = () => resolve({ status: request.status, etag: bare(request.getResponseHeader('ETag')) });
		request.onerror = request.onabort = () => reject(new Error('The line was lost.'));
		request.onloadend = () => signal.removeEventListener('abort', abort);
		signal.addEventListener('abort', abort);
		request.send(body);
	});
}

const bare = (etag: string | null) => (etag ?? '').replaceAll('"', '');
