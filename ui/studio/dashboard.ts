// The part of the dashboard's experimental extension API that the Studio uses; its pages and links are registered in
// register.js. e2e/stock-api.test.mjs checks it against the pinned version.

import type PocketBase from 'pocketbase';

export interface Dashboard {
	pb: PocketBase; // signed in as the owner
	store: {
		title: string | string[];
	};
}

/** The dashboard tells its elements when they come and go. */
export type Mounted = HTMLElement & { onmount?: () => void; onunmount?: () => void };

declare global {
	interface Window {
		app: Dashboard;
	}
}

export const dashboard = window.app;
