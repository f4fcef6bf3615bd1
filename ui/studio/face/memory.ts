// The Studio's data that this browser stores between visits: drafts, and the state of the tables. It is separate from
// the portal's data at the same address, which is deleted when the client signs out. The counterpart of the portal's
// src/face/memory.

import { local } from '$lib/browser/storage';

const prefix = 'greenroom-studio:';

export function recall(key: string): string {
	return local.getItem(prefix + key) ?? '';
}

export function remember(key: string, value: string): void {
	if (value) local.setItem(prefix + key, value);
	else local.removeItem(prefix + key);
}
