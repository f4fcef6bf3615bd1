// All of the Studio's pages, and its styles.

import './reset.css';
import '../src/app.css';
import './studio.css';

import { mount, unmount } from 'svelte';

import Studio from './Studio.svelte';

/** Shows the Studio until the returned function is called. */
export function show(root: HTMLElement): () => void {
	const studio = mount(Studio, { target: root });
	return () => void unmount(studio);
}
