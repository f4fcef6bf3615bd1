// The dashboard forgets its token where it signs out, and the server never hears of it. It is told here, so that no
// copy of the token works any more.

import type { Dashboard } from './dashboard';

export function tellOfSignOut({ pb }: Dashboard): void {
	let last = pb.authStore.token;
	pb.authStore.onChange((token) => {
		if (last && !token) void end(pb.buildURL('/api/portal/signout'), last);
		last = token;
	});
}

async function end(address: string, token: string): Promise<void> {
	const headers = { Authorization: token, 'Content-Type': 'application/json' };
	// It is refused where the server ended the sign-in first, and lost without a connection: neither is worth a word
	// here.
	await fetch(address, { method: 'POST', headers, body: JSON.stringify({ here: true }), keepalive: true }).catch(
		() => undefined
	);
}
