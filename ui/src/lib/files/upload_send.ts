// Sends one body of an upload: by XMLHttpRequest, which reports progress, or by fetch where that is missing.

/** Sends one body, and returns the status and the ETag of the answer. */
export type Send = (request: {
	method: string;
	url: string;
	headers: Record<string, string>;
	body: Blob;
	signal: AbortSignal;
	onSent: (bytes: number) => void;
}) => Promise<{ status: number; etag: string }>;

const stalledAfter = 90_000; // milliseconds

/** Ends a request of which nothing has been sent for a while, because a dead connection is not always reported. */
export function unlessStalled(send: Send): Send {
	return async (request) => {
		const stop = new AbortController(); // AbortSignal.any is newer than some browsers in use
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

export const defaultSend: Send = typeof XMLHttpRequest === 'undefined' ? sendByFetch : sendByXHR;

async function sendByFetch({ method, url, headers, body, signal }: Parameters<Send>[0]): ReturnType<Send> {
	const response = await fetch(url, { method, headers, body, signal });
	await response.arrayBuffer();
	return { status: response.status, etag: bare(response.headers.get('ETag')) };
}

// XMLHttpRequest reports upload progress, which fetch does not.
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
