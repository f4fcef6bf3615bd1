// PocketBase's dashboard as its extensions see it: the part of its experimental API that the Studio stands on, and no
// more; its pages and links are in register.js. It is proved against the pinned version by e2e/studio-home.test.mjs.

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
