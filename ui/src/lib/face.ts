// The components of src/lib are shown to clients by the portal and to the owner by the Studio. Each of the two provides
// these modules under $face: src/face is the portal's, studio/face is the Studio's.

import type PocketBase from 'pocketbase';
import type { AuthRecord } from 'pocketbase';

import type { words } from '../face/words';

export interface Face {
	session: {
		pb: PocketBase;
		session: { client: AuthRecord };
		isOwner: boolean; // whose side the components take
		readOnly: boolean; // nothing can be written on this page
		as: string; // the client whom the owner looks as; empty otherwise
		endSession: () => void;
		to: (path: string) => string; // a page's address, for whoever looks
	};
	live: {
		refresh: () => void; // reads the page anew, soon
	};
	memory: {
		recall: (key: string) => string; // empty when nothing is kept
		remember: (key: string, value: string) => void; // an empty value forgets
	};
	studio: { studio: { studio: string; owner: string; timeZone: string } };
	words: { words: typeof words };
}

/** Compiles where a face provides all that the components ask for. */
export type Provides<F extends Face> = F;
