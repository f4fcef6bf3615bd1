// Where in the Studio one is, as the dashboard's address says it under #/studio: `''` the home page (`projects` and
// `clients` are places on it), `projects/<id>`, `projects/<id>/<anchor>`, `clients/<id>`, `projects/new`,
// `projects/new/<client>`, `clients/new`, `projects/<id>/listen/<deliverable>`.

const home = '#/studio';

/** The path, and how often one has gone somewhere. */
export const route = $state({ path: '', turn: 0 });

/** The dashboard's address has changed. */
export function arrive(path: string): void {
	route.path = path;
	route.turn++;
}

/** What stands in a link to a path. */
export function addressOf(path: string): string {
	return path ? `${home}/${path}` : home;
}

/** Goes there; what is replaced is not come back to. */
export function goTo(path: string, { replace = false } = {}): void {
	const address = addressOf(path);
	if (location.hash === address)
		arrive(path); // the browser sees no change
	else if (replace) location.replace(address);
	else location.hash = address;
}

export interface Place {
	area: string; // projects or clients; empty is the home page
	id: string;
	anchor: string; // where on the page
	deliverable: string; // whose listening room it is; empty elsewhere
}

export function placeOf(path: string): Place {
	const [area = '', id = '', anchor = '', deliverable = ''] = path.split('/');
	return id ? { area, id, anchor, deliverable } : { area: '', id: '', anchor: area, deliverable: '' };
}
