// A Stripe for the browser tests: it answers what the portal asks about its customers, and nothing else. What Stripe
// really says, and what it refuses, is tested in hooks/billing; its objects are the ones used there.

import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';

const key = 'sk_test_' + 'e2e'.repeat(8);
const customer = 'cus_demoPolarHours'; // Mara's in the demo studio
const day = 24 * 3600; // seconds

const object = async (name) =>
	JSON.parse(await readFile(new URL(`../../hooks/billing/stripefake/objects/${name}.json`, import.meta.url), 'utf8'));

export async function startStripe() {
	const [invoice, charge, person] = await Promise.all(['invoice', 'charge', 'customer'].map(object));
	const now = Math.floor(Date.now() / 1000);
	const made = (days, fields) => ({
		...invoice,
		customer,
		charge: null,
		created: now - days * day,
		lines: { ...invoice.lines, data: [] },
		...fields
	});
	const invoices = [
		made(3, {
			id: 'in_4',
			number: 'INV-0042',
			status: 'open',
			currency: 'gbp',
			total: 64_000,
			amount_due: 64_000,
			amount_remaining: 64_000,
			due_date: now + 11 * day,
			description: 'Mixing, second half',
			hosted_invoice_url: 'https://invoice.stripe.com/i/in_4',
			invoice_pdf: 'https://pay.stripe.com/invoice/in_4/pdf'
		}),
		made(40, {
			id: 'in_3',
			number: 'INV-0038',
			status: 'paid',
			currency: 'gbp',
			total: 64_000,
			amount_due: 64_000,
			amount_remaining: 0,
			due_date: null,
			description: 'Mixing, first half',
			invoice_pdf: 'https://pay.stripe.com/invoice/in_3/pdf'
		}),
		made(75, {
			id: 'in_2',
			number: 'INV-0031',
			status: 'void',
			currency: 'jpy',
			total: 48_000,
			amount_due: 48_000,
			amount_remaining: 0,
			due_date: null,
			description: 'Mastering for the Tokyo pressing',
			invoice_pdf: null
		})
	];
	const charges = [
		{
			...charge,
			id: 'ch_3',
			customer,
			invoice: 'in_3',
			status: 'succeeded',
			captured: true,
			receipt_url: 'https://pay.stripe.com/receipts/ch_3',
			created: now - 38 * day
		},
		{
			...charge,
			id: 'ch_1',
			customer,
			invoice: null,
			status: 'succeeded',
			captured: true,
			refunded: false,
			amount: 9_500,
			amount_refunded: 0,
			currency: 'eur',
			description: 'Stems, extra copy',
			receipt_number: null,
			receipt_url: 'https://pay.stripe.com/receipts/ch_1',
			created: now - 90 * day
		}
	];
	const customers = [{ ...person, id: customer }];
	const lists = { customers, invoices, charges };
	const session = {
		id: 'bps_1',
		object: 'billing_portal.session',
		customer,
		url: 'https://billing.stripe.com/p/session/e2e'
	};

	function answerTo(method, { pathname, searchParams }) {
		const [, , kind, id] = pathname.split('/');
		if (method === 'POST') return pathname === '/v1/billing_portal/sessions' ? session : undefined;
		if (method !== 'GET' || !lists[kind]) return undefined;
		if (id) return lists[kind].find((one) => one.id === id);
		const data = lists[kind].filter((one) => one.customer === searchParams.get('customer'));
		return { object: 'list', url: pathname, has_more: false, data };
	}

	const server = createServer((request, response) => {
		const answer = answerTo(request.method, new URL(request.url, 'http://stripe'));
		response.writeHead(answer ? 200 : 404, { 'Content-Type': 'application/json' });
		response.end(
			JSON.stringify(
				answer ?? { error: { type: 'invalid_request_error', message: 'The browser tests do not ask this.' } }
			)
		);
	}).listen(0, '127.0.0.1');
	await once(server, 'listening');
	const url = `http://127.0.0.1:${/** @type {import('node:net').AddressInfo} */ (server.address()).port}`;
	return {
		env: { STRIPE_API_URL: url, STRIPE_SECRET_KEY: key, STRIPE_WEBHOOK_SECRET: 'whsec_' + 'e2e'.repeat(8) },
		/** A customer with what they were billed and paid, by what is different from the usual. */
		add(id, { invoices: billed = [], charges: paid = [] }) {
			customers.push({ ...person, id });
			invoices.push(...billed.map((fields) => made(1, { customer: id, ...fields })));
			charges.push(...paid.map((fields) => ({ ...charges[1], customer: id, ...fields })));
		},
		/** What happens at Stripe: the invoice is another from now on. */
		change: (id, fields) => Object.assign(invoices.find((one) => one.id === id) ?? {}, fields),
		stop: () => server.close()
	};
}
