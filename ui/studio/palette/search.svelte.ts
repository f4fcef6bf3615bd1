// The palette's search: actions, projects and clients by name, at once; and below them, after a pause, the texts that
// the server finds.

import { announce } from '$lib/live/announce.svelte';
import type { Found } from '$lib/types';
import { words as portal } from '$face/words';

import { read, type Refusal } from '../read.svelte';
import type { ClientRow, Items, ProjectRow } from '../types';
import { words } from '../words';

import { match } from './match';
import { placeOf } from './places';

export interface Entry {
	key: string;
	name: string;
	kind: string;
	path?: string; // its address; without one it shows the keys
	excerpt?: string; // the match in its text: escaped HTML with <mark> as its only element
}

const say = words.palette;
const pause = 300; // milliseconds without a keystroke before texts are searched
const fewest = 2; // letters of the shortest query

const actions: Entry[] = [
	{ key: 'home', name: say.home, kind: '', path: '' },
	{ key: 'projects', name: say.projects, kind: '', path: 'projects' },
	{ key: 'clients', name: say.clients, kind: '', path: 'clients' },
	{ key: 'new-project', name: say.newProject, kind: '', path: 'projects/new' },
	{ key: 'new-client', name: say.newClient, kind: '', path: 'clients/new' },
	{ key: 'keys', name: say.keys, kind: '' }
];

/** To be created by a component, with which its effects end. */
export class Search {
	text = $state('');
	#notRead = $state('');
	#notSearched = $state('');
	failure = $derived(this.#notSearched || this.#notRead);
	#names = $state.raw<Entry[]>([]);
	#written = $state.raw<{ query: string; entries: Entry[] }>({ query: '', entries: [] });
	#query = $derived(this.text.trim());

	found: Entry[] = $derived.by(() => {
		const named = match([...actions, ...this.#names], this.text, ({ name, kind }) => `${name} ${kind}`);
		return this.#query && this.#written.query === this.#query ? [...named, ...this.#written.entries] : named;
	});

	constructor() {
		$effect(() => {
			const query = this.#query;
			if ([...query].length < fewest) return;
			const left = new AbortController();
			const timer = setTimeout(() => this.#findWords(query, left.signal), pause);
			return () => {
				left.abort();
				clearTimeout(timer);
			};
		});
	}

	/** Begins with a text, and loads the current names. */
	begin(text: string): void {
		this.text = text;
		void this.#readNames();
	}

	/** Announces how many results there are. */
	tell(): void {
		announce({
			key: 'palette',
			text: () => (this.found.length === 0 && this.failure) || say.results(this.found.length)
		});
	}

	// If it fails, the actions and the names known before remain.
	async #readNames() {
		this.#notRead = this.#notSearched = '';
		try {
			const [projects, clients] = await Promise.all([
				read<Items<ProjectRow>>('/api/studio/projects?all=1'),
				read<Items<ClientRow>>('/api/studio/clients')
			]);
			this.#names = [...clients.items.map(entryOfClient), ...projects.items.map(entryOfProject)];
			if (this.text) this.tell(); // the query was typed before the names had loaded
		} catch (refusal) {
			announce((this.#notRead = say.notRead((refusal as Refusal).message)));
		}
	}

	// If it fails, the names remain.
	async #findWords(query: string, left: AbortSignal) {
		try {
			const { items } = await read<Items<Found>>(`/api/portal/search?q=${encodeURIComponent(query)}`, left);
			if (left.aborted) return;
			this.#notSearched = '';
			// Projects are found by their names.
			const entries = items.filter(({ collection }) => collection !== 'projects').map(entryOfWords);
			this.#written = { query, entries };
			if (entries.length > 0) this.tell();
		} catch (refusal) {
			if (!left.aborted) announce((this.#notSearched = say.notSearched((refusal as Refusal).message)));
		}
	}
}

function entryOfClient({ id, name, email, archivedAt }: ClientRow): Entry {
	return { key: id, name: name || email, kind: archivedAt ? say.archived : say.client, path: `clients/${id}` };
}

function entryOfProject({ id, title, clientName }: ProjectRow): Entry {
	return { key: id, name: title, kind: say.project(clientName), path: `projects/${id}` };
}

function entryOfWords(item: Found): Entry {
	return {
		key: `${item.collection} ${item.id}`,
		name: `${portal.search.kinds[item.collection] ?? ''} ${item.title}`.trim(),
		kind: item.projectTitle,
		path: placeOf(item),
		excerpt: item.excerpt
	};
}
