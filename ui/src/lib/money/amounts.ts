// Money as people read it.

import { shortDate } from '$lib/time/times';
import type { Invoice, Sum } from '$lib/types';

/** Money in its own currency, from minor units. */
export function money({ amount, currency, exponent }: Sum): string {
	const value = amount / 10 ** exponent;
	return new Intl.NumberFormat('en-GB', {
		style: 'currency',
		currency: currency.toUpperCase(),
		minimumFractionDigits: exponent,
		maximumFractionDigits: exponent
	}).format(value);
}

/** The day of an invoice, “24 November”; empty where Stripe has none. */
export function invoiceDate({ created }: Invoice): string {
	return created ? shortDate(created) : '';
}
