// Uploads one file, in parts to a bucket or as bytes to the server's disk, as the studio answers.
//
// An upload proceeds in rounds. Each round asks the studio what has arrived, sends what is missing, and completes the
// upload. Any failure ends the round, and after a pause the next one continues from what has arrived. A broken
// connection, a restarted server, an expired link and a closed tab are thus the same case. What must be known after a
// closed tab is stored in `memory` under the file's name, size and date, so that choosing the same file again continues
// its upload.

import { defaultSend, unlessStalled, type Send } from './upload_send.ts';

/** The file, its target, the sign-in, and the functions that are called while it is sent. */
export interface UploadOptions {
	file: File;
	project: string;
	session?: string | undefined;
	/** The deliverable whose next version the file becomes. */
	deliverable?: string | undefined;
	/** The studio's origin, without a slash at the end. */
	base: string;
	/** The current sign-in token. */
	token: () => string;
	/** Storage that outlives a closed tab: localStorage, or none. */
	memory?: Pick<Storage, 'getItem' | 'setItem' | 'removeItem'>;
	onProgress?: (sentBytes: number, totalBytes: number) => void;
	onState?: (state: UploadState) => void;
	/** Sends one body. The default reports progress if the browser can. */
	send?: Send;
	/** The pause in milliseconds after a number of failures in a row. */
	pause?: (failures: number) => number;
}

/** `waiting` is the time between a failure and the next attempt. */
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

/** A refusal that another attempt would not change, in the studio's words. */
export class UploadError extends Error {
	readonly status: number;
	constructor(message: string, status: number) {
		super(message);
		this.name = 'UploadError';
		this.status = status;
	}
}

/** The stored state of an unfinished upload. */
interface Begun {
	id: string;
	kind: 's3' | 'tus';
	partSizeBytes: number;
	parts: number;
	etags: Record<number, string>; // the ETags of the parts that the bucket acknowledged
}

interface Arrived {
	parts: { number: number; url: string; sizeBytes: number }[];
	received: { number: number; etag: string }[];
	receivedBytes: number;
}

const inParallel = 3;
const failuresInARow = 12; // about four minutes
const longestPause = 30_000; // milliseconds

export function upload(options: UploadOptions): Upload {
	const { file, base, project, session = '', deliverable = '' } = options;
	const send = unlessStalled(options.send ?? defaultSend);
	const pauseAfter =
		options.pause ?? ((failures) => Math.min(longestPause, 1000 * 2 ** (failures - 1)) * (0.75 + Math.random() / 2));
	const key = ['greenroom-upload', project, session || deliverable, file.name, file.size, file.lastModified].join(':');

	let begun: Begun | null = remembered();
	let round = new AbortController();
	let failures = 0; // in a row
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
			// Without storage only a closed tab cannot be continued.
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
		// The next round asks the studio itself.
		if (answer === null && response.status !== 204)
			throw new Error('Something between here and the studio has answered.');
		return answer as T;
	}

	const complete = (id: string, signal: AbortSignal) => {
		const parts =
			begun?.kind === 's3'
				? Object.entries(begun.etags).map(([number, etag]) => ({ number: Number(number), etag }))
				: undefined;
		return ask<Record<string, unknown>>('POST', `/${id}/complete`, { parts }, signal);
	};

	/** Begins or continues an upload. Returns the record if it had been completed before. */
	async function begin(signal: AbortSignal): Promise<{ arrived: Arrived } | { record: Record<string, unknown> }> {
		if (begun) {
			const id = begun.id;
			try {
				return { arrived: await ask<Arrived>('POST', `/${id}/parts`, {}, signal) };
			} catch (refusal) {
				if (!isStatus(refusal, 404)) throw refusal;
			}
			try {
				return { record: await complete(id, signal) }; // it was complete, and the answer was lost
			} catch (refusal) {
				if (!isStatus(refusal, 404)) throw refusal;
			}
			forget(); // the studio has given it up
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

	/** Sends parts to a bucket, in any order and a few at once, each by its own link. */
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
					if (status !== 200) throw new Error(`The bucket answered ${status}.`); // probably an expired link; the next round gets a new one
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

	/** Sends bytes to the server's disk by the tus protocol, in order and in bounded requests. */
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
			if (status !== 204) throw new Error(`The studio answered ${status}.`); // the next round asks from where to continue
			offset += piece.size;
			progressed();
			options.onProgress?.(offset, file.size);
		}
	}

	async function run(): Promise<Record<string, unknown>> {
		for (;;) {
			if (cancelled) throw new DOMException('The upload was cancelled.', 'AbortError');
			if (paused) {
				options.onState?.('paused');
				await new Promise<void>((resolve) => (wake = resolve));
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
				round.abort(); // parts still being sent are useless to the next round
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
			failures = 0;
			paused = false;
			wake();
		},
		cancel() {
			cancelled = true;
			const id = begun?.id;
			forget();
			round.abort();
			wake();
			if (id) void ask('DELETE', `/${id}`, undefined, AbortSignal.timeout(30_000)).catch(() => {}); // what stays is removed by the studio later
		}
	};
}

/** Waits for all, even after one has failed, so that none continues during the next round. */
async function allOf(work: Promise<void>[]): Promise<void> {
	const failed = (await Promise.allSettled(work)).find((result) => result.status === 'rejected');
	if (failed) throw failed.reason;
}

function isStatus(failure: unknown, status: number): boolean {
	return failure instanceof UploadError && failure.status === status;
}

// 409 means missing parts, and 408, 425 and 429 ask for a later attempt. Other refusals are final.
function isFinal(failure: unknown): boolean {
	return (
		failure instanceof UploadError &&
		((failure.status < 500 && ![408, 409, 425, 429].includes(failure.status)) || failure.status === 507)
	);
}
