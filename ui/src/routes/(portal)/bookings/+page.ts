import { page } from '$face/live.svelte';
import { read } from '$lib/page/read';
import type { BookingsPage } from '$lib/types';

export async function load({ depends }: { depends: (key: string) => void }) {
	depends(page);
	return { bookings: await read<BookingsPage>('/api/portal/bookings') };
}
