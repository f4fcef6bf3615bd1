// Creates a record once, however often it is sent: its id is chosen before the first attempt.

import { wrote } from '$lib/live/connection.svelte';
import { pb } from '$face/session.svelte';

const alphabet = 'abcdefghijklmnopqrstuvwxyz0123456789';

/** An id in PocketBase's form. */
export function newId(): string {
	return Array.from(crypto.getRandomValues(new Uint8Array(15)), (byte) => alphabet[byte % alphabet.length]).join('');
}

/** Whether a creation failed because an earlier attempt with the same id had succeeded. */
export function isTaken(failure: unknown): boolean {
	return Boolean((failure as { response?: { data?: { id?: unknown } } } | undefined)?.response?.data?.id);
}

/** Creates the record, or updates it with these values if an earlier attempt had succeeded. */
export async function createOnce<T>(collection: string, id: string, values: Record<string, unknown>): Promise<T> {
	wrote(id);
	try {
		return await pb.collection(collection).create<T>({ id, ...values });
	} catch (failure) {
		if (!isTaken(failure)) throw failure;
		return pb.collection(collection).update<T>(id, values);
	}
}
