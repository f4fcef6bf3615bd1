import { page } from '$face/live.svelte';
import { readList } from '$lib/page/read';
import type { Project, Session } from '$lib/types';

export type Listed = Session & { commentCount?: number; expand?: { project?: Project } };

const perPage = 20;

export async function load({ depends, url }: { depends: (key: string) => void; url: URL }) {
	depends(page);
	const shown = Math.min(Number(url.searchParams.get('shown')) || perPage, 500);
	const { items, totalItems } = await readList<Listed>('sessions', {
		perPage: String(shown),
		sort: '-date,-created',
		expand: 'project'
	});
	return { sessions: items, total: totalItems, next: totalItems > shown ? shown + perPage : 0 };
}
