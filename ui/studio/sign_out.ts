// The dashboard signs out by deleting its token, without telling the server. This tells it, so that copies of the token
// stop working.

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
	// It is refused if the server ended the sign-in first, and fails without a connection. The owner need not know of
	// either.
	await fetch(address, { method: 'POST', headers, body: JSON.stringify({ here: true }), keepalive: true }).catch(
		() => undefined
	);
}
