// A proxy in front of a studio, like nginx: it forwards everything, answers in the studio's place, or never answers.

import { EventEmitter, once } from 'node:events';
import { createServer, request } from 'node:http';

import { within } from './events.mjs';

const nginx = (status, words) => ({
	status,
	headers: { Server: 'nginx/1.26.3', 'Content-Type': 'text/html' },
	body:
		[
			'<html>',
			`<head><title>${status} ${words}</title></head>`,
			'<body>',
			`<center><h1>${status} ${words}</h1></center>`,
			'<hr><center>nginx/1.26.3</center>',
			'</body>',
			'</html>',
			...Array(6).fill('<!-- a padding to disable MSIE and Chrome friendly error page -->')
		].join('\r\n') + '\r\n'
});

/** The answers of real proxies without a server behind them, and of others that answer in a studio's place. */
export const away = {
	'nginx, nobody listens': nginx(502, 'Bad Gateway'),
	'nginx, nobody answers': nginx(504, 'Gateway Time-out'),
	'Caddy, nobody listens': { status: 502, headers: { Server: 'Caddy', 'Content-Length': '0' }, body: '' },
	'the nginx.conf and the Caddyfile that come with the studio': {
		status: 503,
		headers: { 'Content-Type': 'application/json', 'Retry-After': '10' },
		body: JSON.stringify({
			status: 503,
			message: 'The studio does not answer at this moment. What you sent may not have arrived: look in a few seconds.',
			data: {}
		})
	},
	'the page of a hotel’s network': {
		status: 200,
		headers: { 'Content-Type': 'text/html' },
		body: '<html><h1>Welcome to our hotel</h1></html>'
	}
};

export async function startProxy(to) {
	let instead;
	let unanswered;
	const waiting = new Set();
	const changes = new EventEmitter();
	const wait = (asked, answer) => {
		waiting.add(asked);
		answer.on('close', () => waiting.delete(asked) && changes.emit('change'));
		changes.emit('change');
	};
	const server = createServer((asked, answer) => {
		if (unanswered?.test(asked.url)) return wait(asked, answer);
		if (instead) {
			answer.writeHead(instead.status, instead.headers).end(instead.body);
			return;
		}
		const onward = request(to + asked.url, { method: asked.method, headers: asked.headers }, (response) => {
			answer.writeHead(response.statusCode, response.headers);
			response.pipe(answer);
		});
		onward.on('error', () => answer.destroy());
		answer.on('close', () => onward.destroy());
		asked.pipe(onward);
	}).listen(0, '127.0.0.1');
	await once(server, 'listening');
	return {
		url: `http://127.0.0.1:${/** @type {import('node:net').AddressInfo} */ (server.address()).port}`,
		/** From now on the proxy answers itself, and open connections end. */
		goAway(answer) {
			instead = answer;
			server.closeAllConnections();
		},
		/** From now on requests for matching addresses wait for an answer that never comes. */
		leaveUnanswered(addresses) {
			unanswered = addresses;
		},
		/** Returns once so many requests are waiting, and their addresses. */
		async untilWaiting(count) {
			const come = async () => {
				while (waiting.size !== count) await once(changes, 'change');
			};
			const addresses = () => [...waiting].map(({ method, url }) => `${method} ${url}`);
			await within(60, come(), `the wait of ${count} requests`).catch((late) => {
				throw new Error(`${late.message}; waiting: ${addresses().join(', ') || 'none'}`);
			});
			return addresses();
		},
		comeBack() {
			instead = unanswered = undefined;
		},
		stop() {
			server.closeAllConnections();
			server.close();
		}
	};
}
