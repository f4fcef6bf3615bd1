// Creates a record once, however often it is sent: its id is chosen before the first attempt.

import { inTime } from '$lib/browser/in_time';
import { wrote } from '$lib/live/connection.svelte';
import { pb } from '$face/session.svelte';

const longest = 60_000; // milliseconds
const alphabet = 'abcdefghijklmnopqrstuvwxyz0123456789';

/** An id in PocketBase's form. */
export function newId(): string {
	return Array.from(crypto.getRandomValues(new Uint8Array(15)), (byte) => alphabet[byte % alphabet.length]).join('');
}

/** Whether a creation failed because an earlier attempt with the same id had succeeded. */
export function isTaken(failure: unknown): boolean {
	return Boolean((failure as { response?: { data?: { id?: unknown } } } | undefined)?.response?.data?.id);
}

/**
 * Creates the record, or updates it with these values if an earlier attempt had succeeded. It fails after a minute
 * without an answer, as a connection that is dead is not always reported.
 */
export async function createOnce<T>(collection: string, id: string, values: Record<string, unknown>): Promise<T> {
	const records = pb.collection(collection);
	wrote(id);
	try {
		return await inTime((signal) => records.create<T>({ id, ...values }, { signal }), undefined, longest);
	} catch (failure) {
		if (!isTaken(failure)) throw failure;
		return inTime((signal) => records.update<T>(id, values, { signal }), undefined, longest);
	}
}
