// What the owner's routes about invoices answer.

import type { Sum } from '$lib/types';

/** The invoices that a deliverable of a project can wait for. */
export interface Nameable {
	configured: boolean;
	customer: boolean; // whether the client is one at Stripe
	items: (Sum & { id: string; number: string | null; description: string | null; status: string; url: string })[];
}

/** A draft invoice in words, made or only asked for. */
export interface Draft {
	invoice: string; // empty where it was only asked for
	url: string;
	words: string[];
}
