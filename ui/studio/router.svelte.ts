// The current path of the Studio, from the dashboard's address below #/studio: `''` is the home page (`projects` and
// `clients` are places on it); others are `projects/<id>`, `projects/<id>/<anchor>`, `clients/<id>`, `projects/new`,
// `projects/new/<client>`, `clients/new`, `projects/<id>/listen/<deliverable>`.

const home = '#/studio';

/** The path, and a counter of navigations. */
export const route = $state({ path: '', turn: 0 });

/** Called when the dashboard's address has changed. */
export function arrive(path: string): void {
	route.path = path;
	route.turn++;
}

/** The address of a path, for links. */
export function addressOf(path: string): string {
	return path ? `${home}/${path}` : home;
}

/** Navigates to a path. With `replace`, Back does not return to the current one. */
export function goTo(path: string, { replace = false } = {}): void {
	const address = addressOf(path);
	if (location.hash === address)
		arrive(path); // the browser reports no change of the same address
	else if (replace) location.replace(address);
	else location.hash = address;
}

export interface Place {
	area: string; // projects or clients; empty is the home page
	id: string;
	anchor: string; // of a place on the page
	deliverable: string; // id of the deliverable whose listening room it is, or empty
}

export function placeOf(path: string): Place {
	const [area = '', id = '', anchor = '', deliverable = ''] = path.split('/');
	return id ? { area, id, anchor, deliverable } : { area: '', id: '', anchor: area, deliverable: '' };
}
