// The components of src/lib are used by the portal, for clients, and by the Studio, for the owner. Each provides these
// modules as $face: the portal's are in src/face, the Studio's in studio/face.

import type PocketBase from 'pocketbase';
import type { AuthRecord } from 'pocketbase';

import type { words } from '../face/words';

export interface Face {
	session: {
		pb: PocketBase;
		session: { client: AuthRecord };
		isOwner: boolean; // whether the components act for the owner
		readOnly: boolean; // whether this page can only be read
		as: string; // id of the client as whom the owner looks; empty otherwise
		endSession: () => void;
		to: (path: string) => string; // a page's address, for the one who looks
	};
	live: {
		refresh: () => void; // loads the page's data again, after a short delay
	};
	memory: {
		recall: (key: string) => string; // empty if nothing is stored
		remember: (key: string, value: string) => void; // an empty value deletes
	};
	studio: { studio: { studio: string; owner: string; timeZone: string } };
	words: { words: typeof words };
}

/** Compiles only if a face provides everything that the components use. */
export type Provides<F extends Face> = F;
