// Amounts of money in words.

import { shortDate } from '$lib/time/times';
import type { Invoice, Sum } from '$lib/types';

/** An amount in minor units, written in its own currency. */
export function money({ amount, currency, exponent }: Sum): string {
	const value = amount / 10 ** exponent;
	return new Intl.NumberFormat('en-GB', {
		style: 'currency',
		currency: currency.toUpperCase(),
		minimumFractionDigits: exponent,
		maximumFractionDigits: exponent
	}).format(value);
}

/** The day of an invoice, “24 November”; empty if Stripe has none. */
export function invoiceDate({ created }: Invoice): string {
	return created ? shortDate(created) : '';
}
