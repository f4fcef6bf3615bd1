// A fake Stripe for the browser tests: it answers questions about customers, and accepts the owner's drafts. The real
// protocol, with its refusals, is tested in hooks/billing, from which its objects are taken.

import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';

const key = 'sk_test_' + 'e2e'.repeat(8);
const customer = 'cus_demoPolarHours'; // Mara's id in the demo studio
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
	const stripe = new Stripe(made, invoices, charges, person);
	await stripe.listen();
	return stripe;
}

class Stripe {
	#invoiceOf; // makes an invoice of so many days ago, with some fields changed
	#invoices;
	#charges;
	#person;
	#customers;
	#answered = new Map(); // first answers by idempotency key, for repeated requests
	/** @type {(asked: string) => boolean} */
	#isDown = () => false;
	#made = 0;
	#server = createServer((request, response) => void this.#serve(request, response));

	constructor(invoiceOf, invoices, charges, person) {
		this.#invoiceOf = invoiceOf;
		this.#invoices = invoices;
		this.#charges = charges;
		this.#person = person;
		this.#customers = [{ ...person, id: customer }];
	}

	async listen() {
		this.#server.listen(0, '127.0.0.1');
		await once(this.#server, 'listening');
		const { port } = /** @type {import('node:net').AddressInfo} */ (this.#server.address());
		this.env = {
			STRIPE_API_URL: `http://127.0.0.1:${port}`,
			STRIPE_SECRET_KEY: key,
			STRIPE_WEBHOOK_SECRET: 'whsec_' + 'e2e'.repeat(8)
		};
	}

	stop() {
		this.#server.close();
	}

	/** The draft invoices. */
	get drafts() {
		return this.#invoices.filter(({ status }) => status === 'draft');
	}

	/** Adds a customer with invoices and payments, given by their differences from the usual ones. */
	add(id, { invoices = [], charges = [] }) {
		this.#customers.push({ ...this.#person, id });
		this.#invoices.push(...invoices.map((fields) => this.#invoiceOf(1, { customer: id, ...fields })));
		this.#charges.push(...charges.map((fields) => ({ ...this.#charges[1], customer: id, ...fields })));
	}

	/** Changes fields of an invoice. */
	change(id, fields) {
		Object.assign(this.#find(id), fields);
	}

	/** Finalises a draft, as the owner would at Stripe: it gets a number and can be paid. */
	finalise(id) {
		this.change(id, {
			status: 'open',
			number: `INV-${1000 + ++this.#made}`,
			due_date: Math.floor(Date.now() / 1000) + 14 * day,
			hosted_invoice_url: `https://invoice.stripe.com/i/${id}`,
			invoice_pdf: `https://pay.stripe.com/invoice/${id}/pdf`
		});
	}

	/** Chooses requests that fail from now on, by `METHOD /path`. */
	failWhere(isDown) {
		this.#isDown = isDown;
	}

	#find(id) {
		return this.#invoices.find((one) => one.id === id);
	}

	async #serve(request, response) {
		let body = '';
		for await (const part of request) body += part;
		const { pathname, searchParams } = new URL(request.url, 'http://stripe');
		const asked = `${request.method} ${pathname}`;
		const fields = request.method === 'GET' ? searchParams : new URLSearchParams(body);
		const again = this.#answered.get(request.headers['idempotency-key']);
		const [status, answer] = this.#isDown(asked)
			? refusal(500, 'Stripe is down.')
			: (again ?? this.#answer(asked, Object.fromEntries(fields)));
		if (status === 200 && request.headers['idempotency-key'])
			this.#answered.set(request.headers['idempotency-key'], [status, answer]);
		response.writeHead(status, { 'Content-Type': 'application/json' });
		response.end(JSON.stringify(answer));
	}

	#answer(asked, fields) {
		const [, kind, id] = asked.match(/ \/v1\/(\w+)\/(\w+)$/) ?? [];
		const kept = { customers: this.#customers, invoices: this.#invoices }[kind]?.find((one) => one.id === id);
		if (['customers', 'invoices'].includes(kind) && !kept)
			return refusal(404, `No such object: '${id}'`, 'resource_missing');
		const of = ({ customer }) => customer === fields.customer;
		switch (kept ? asked.replace(id, '{id}') : asked) {
			case 'GET /v1/customers/{id}':
			case 'GET /v1/invoices/{id}':
				return [200, kept];
			case 'GET /v1/invoices':
				return [200, list('/v1/invoices', this.#invoices.filter(of))];
			case 'GET /v1/charges':
				return [200, list('/v1/charges', this.#charges.filter(of))];
			case 'POST /v1/billing_portal/sessions':
				return [200, portalSession];
			case 'POST /v1/invoices':
				return this.#makeDraft(fields);
			case 'POST /v1/invoiceitems':
				return this.#addLine(fields);
			case 'DELETE /v1/invoices/{id}':
				return this.#deleteDraft(id);
		}
		return refusal(404, 'The browser tests do not ask this.');
	}

	#makeDraft({ customer, currency, description, collection_method, ...more }) {
		const draft = this.#invoiceOf(0, {
			id: `in_made${++this.#made}`,
			customer,
			currency,
			description,
			collection_method,
			status: 'draft',
			metadata: metadataOf(more),
			due_date: null,
			...sums(0),
			lines: list('/v1/invoices/lines', [])
		});
		this.#invoices.unshift(draft); // lists are newest first
		return [200, draft];
	}

	#addLine({ invoice, customer, currency, amount, description, ...more }) {
		const draft = this.#find(invoice);
		if (draft?.status !== 'draft' || draft.customer !== customer || draft.currency !== currency)
			return refusal(400, 'This line cannot be added to the invoice.');
		const id = `ii_made${++this.#made}`;
		const item = { id, customer, invoice, currency, amount: Number(amount), description, metadata: metadataOf(more) };
		draft.lines.data.push({ ...item, object: 'line_item', id: `il_made${this.#made}`, invoice_item: id });
		Object.assign(draft, sums(draft.total + item.amount));
		return [200, { ...item, object: 'invoiceitem' }];
	}

	#deleteDraft(id) {
		if (this.#find(id).status !== 'draft') return refusal(400, 'You can only delete draft invoices.');
		this.#invoices = this.#invoices.filter((one) => one.id !== id);
		return [200, { id, object: 'invoice', deleted: true }];
	}
}

const portalSession = {
	id: 'bps_1',
	object: 'billing_portal.session',
	customer,
	url: 'https://billing.stripe.com/p/session/e2e'
};

const list = (url, data) => ({ object: 'list', url, has_more: false, data });
const sums = (total) => ({ total, subtotal: total, amount_due: total, amount_remaining: total });
const refusal = (status, message, code = undefined) => [
	status,
	{ error: { type: status < 500 ? 'invalid_request_error' : 'api_error', code, message } }
];

/** The fields metadata[name]=value of a form */
const metadataOf = (fields) =>
	Object.fromEntries(
		Object.entries(fields).flatMap(([name, value]) => {
			const [, key] = name.match(/^metadata\[(\w+)\]$/) ?? [];
			return key ? [[key, value]] : [];
		})
	);
