// The answers of the owner's routes about invoices.

import type { Sum } from '$lib/types';

/** The invoices by which a deliverable can be locked. */
export interface Nameable {
	configured: boolean;
	customer: boolean; // whether the client is a customer at Stripe
	items: (Sum & { id: string; number: string | null; description: string | null; status: string; url: string })[];
}

/** A draft invoice, created or only previewed. */
export interface Draft {
	invoice: string; // empty for a preview
	url: string;
	words: string[];
}
