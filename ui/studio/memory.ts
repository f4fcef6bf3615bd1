// What this browser keeps of the Studio between visits: drafts, and how the tables were last looked at. Apart from what it may
// keep of a client's portal at the same address, which goes with the client's sign-out. The twin of the portal's $lib/memory.

const prefix = 'greenroom-studio:';

export function recall(key: string): string {
	try {
		return localStorage.getItem(prefix + key) ?? '';
	} catch {
		return '';
	}
}

export function remember(key: string, value: string): void {
	try {
		if (value) localStorage.setItem(prefix + key, value);
		else localStorage.removeItem(prefix + key);
	} catch {
		// A full or forbidden storage costs a draft at a reload, and nothing else.
	}
}
