// Requests that end: with their answer, after half a minute without one, or when the reader has left.

const patience = 30_000; // milliseconds

/** The server has not answered in time. */
export class Late extends Error {}

/**
 * Runs a request with a signal that ends it after so many milliseconds, or when `left` is aborted. The time begins anew
 * when the request calls `arrives`, such as between an answer's head and its body. AbortSignal.any is newer than some
 * browsers in use.
 */
export async function inTime<T>(
	request: (signal: AbortSignal, arrives: () => void) => Promise<T>,
	left?: AbortSignal,
	longest = patience
): Promise<T> {
	const ending = new AbortController();
	const end = () => ending.abort();
	left?.addEventListener('abort', end);
	if (left?.aborted) end();
	let timer: ReturnType<typeof setTimeout> | undefined;
	let expire = () => {};
	const late = new Promise<never>((_, reject) => {
		expire = () => {
			reject(new Late());
			end();
		};
	});
	const wait = () => {
		clearTimeout(timer);
		timer = setTimeout(expire, longest);
	};
	wait();
	try {
		return await Promise.race([request(ending.signal, wait), late]);
	} finally {
		clearTimeout(timer);
		left?.removeEventListener('abort', end);
	}
}
