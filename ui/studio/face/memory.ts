// What this browser keeps of the Studio between visits: drafts, and how the tables were last looked at. Apart from what
// it may keep of a client's portal at the same address, which goes with the client's sign-out. The twin of the portal's
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
