import type { Provides } from '$lib/face';

import type * as live from './live.svelte';
import type * as memory from './memory';
import type * as session from './session.svelte';
import type * as studio from './studio';
import type * as words from './words';

export type StudiosFace = Provides<{
	live: typeof live;
	memory: typeof memory;
	session: typeof session;
	studio: typeof studio;
	words: typeof words;
}>;
