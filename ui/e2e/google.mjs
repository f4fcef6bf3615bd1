// A fake Google Calendar for the browser tests, with one calendar that stores events and answers free times. The real
// protocol, with its refusals, is tested in hooks/calendar and hooks/booking.

import { once } from 'node:events';
import { createServer } from 'node:http';

const calendar = 'james@example.com';
const credentials = { type: 'authorized_user', client_id: 'app', client_secret: 'secret', refresh_token: 'refresh' };

export async function startGoogle() {
	const google = new Google();
	await google.listen();
	return google;
}

class Google {
	/** @type {Map<string, any>} */
	events = new Map();
	down = false;
	#server = createServer((request, response) => void this.#answer(request, response));

	async listen() {
		this.#server.listen(0, '127.0.0.1');
		await once(this.#server, 'listening');
		const { port } = /** @type {import('node:net').AddressInfo} */ (this.#server.address());
		this.env = {
			GOOGLE_API_URL: `http://127.0.0.1:${port}`,
			GOOGLE_CREDENTIALS: JSON.stringify(credentials),
			GOOGLE_CALENDAR_ID: calendar,
			GREENROOM_HOURS: 'Mon-Sun 00:00-24:00',
			GREENROOM_OWNER_EMAIL: 'james@studio.example'
		};
	}

	stop() {
		this.#server.closeAllConnections();
		this.#server.close();
	}

	/** Adds an event of the owner's. */
	take(start, minutes) {
		const end = new Date(Date.parse(start) + minutes * 60_000).toISOString();
		this.events.set(`own${this.events.size}`, { start: { dateTime: start }, end: { dateTime: end } });
	}

	async #answer(request, response) {
		let body = '';
		for await (const part of request) body += part;
		const say = (status, answer) => {
			response.writeHead(status, { 'Content-Type': 'application/json' });
			response.end(answer && JSON.stringify(answer));
		};
		const { pathname } = new URL(request.url, 'http://google');
		if (pathname === '/token') return say(200, { access_token: 'token', token_type: 'Bearer', expires_in: 3600 });
		if (this.down) return say(503);
		if (pathname.endsWith('/freeBusy')) return say(200, { calendars: { [calendar]: { busy: this.#busy() } } });
		const id = pathname.split('/events')[1]?.slice(1);
		switch (request.method) {
			case 'POST':
				return say(200, this.#insert(JSON.parse(body)));
			case 'PATCH':
				Object.assign(this.events.get(id), JSON.parse(body));
				return say(200, this.events.get(id));
			case 'DELETE':
				return say(this.events.delete(id) ? 204 : 410);
		}
		if (id) return this.events.has(id) ? say(200, this.events.get(id)) : say(404, {});
		return say(200, { timeZone: 'Europe/London', accessRole: 'owner', items: [], nextSyncToken: 'all' });
	}

	#busy() {
		return [...this.events.values()].map(({ start, end }) => ({ start: start.dateTime, end: end.dateTime }));
	}

	#insert(event) {
		const made = {
			...event,
			status: 'confirmed',
			organizer: { email: calendar, self: true },
			hangoutLink: 'https://meet.google.com/abc-defg-hij'
		};
		this.events.set(event.id, made);
		return made;
	}
}
