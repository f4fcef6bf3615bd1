// The browser's storage, with a substitute where it is forbidden, missing or full: values that cannot be stored are held
// in memory until the page closes.

export interface Kept {
	getItem: (key: string) => string | null;
	setItem: (key: string, value: string) => void;
	removeItem: (key: string) => void;
	keys: () => string[];
}

// newer: the names alone do no harm
function kept(name: 'localStorage' | 'sessionStorage'): Kept {
	const held = new Map<string, string>();

	// Merely accessing a forbidden storage throws.
	function real<T>(use: (storage: Storage) => T, otherwise: T): T {
		try {
			return window[name] ? use(window[name]) : otherwise;
		} catch {
			return otherwise;
		}
	}

	return {
		getItem: (key) => held.get(key) ?? real((storage) => storage.getItem(key), null),
		setItem(key, value) {
			if (real((storage) => (storage.setItem(key, value), true), false)) held.delete(key);
			else held.set(key, value);
		},
		removeItem(key) {
			held.delete(key);
			real((storage) => storage.removeItem(key), undefined);
		},
		keys: () => [...new Set([...held.keys(), ...real((storage) => Object.keys(storage), [])])]
	};
}

// newer: here they are guarded
export const local = kept('localStorage');
export const ofTab = kept('sessionStorage'); // newer: as above
