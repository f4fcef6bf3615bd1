// The words of invoices and payments.

import { owner } from './phrases';

export const invoices = {
	title: 'Invoices',
	off: `Billing is not set up here. ${owner} sends invoices another way.`,
	none: 'There are no invoices.',
	caption: 'Your invoices and payments, newest first',
	total: (sum: string) => `${sum} to pay`,
	allPaid: 'All paid',
	nothingDue: 'Nothing is due.',
	stale: (when: string) => `Billing cannot be reached just now. This is how things stood on ${when}.`,
	headers: { number: 'Number', date: 'Date', description: 'For', status: 'Status', amount: 'Amount', links: 'Links' },
	payment: 'Payment',
	due: (date: string) => `due ${date}`,
	status: {
		open: 'To pay',
		paid: 'Paid',
		void: 'Cancelled',
		uncollectible: 'Written off',
		pending: 'Payment on its way',
		failed: 'Payment failed',
		refunded: 'Refunded',
		partially_refunded: 'Partly refunded',
		credited: 'Credited'
	} as Record<string, string>,
	partlyPaid: 'Partly paid',
	underWay: 'Nothing to do: some payments take a few days.',
	credited: (sum: string) => `${sum} credited`,
	remaining: (sum: string) => `${sum} still to pay`,
	refunded: (sum: string) => `${sum} refunded`,
	name: (number: string | null, date: string) => number ?? `the payment of ${date}`,
	pay: 'Pay',
	payOf: (name: string, sum: string) => `Pay ${name}, ${sum}`,
	receipt: 'Receipt',
	receiptOf: (name: string) => `Receipt for ${name}`,
	pdf: 'PDF',
	pdfOf: (name: string) => `PDF of ${name}`,
	manage: 'Open billing details and payment methods at Stripe',
	manageFailed: (why: string) => `The billing page cannot be opened. ${why}`
};
