import { error } from '@sveltejs/kit';

import { read } from '$lib/page/read';
import type { Booking, BookingsPage } from '$lib/types';
import { words } from '$face/words';

/** The address names the meeting to move; without one a new meeting is booked. */
export async function load({ url }: { url: URL }) {
	const id = url.searchParams.get('moving');
	if (!id) return { moving: undefined as Booking | undefined };
	const { upcoming } = await read<BookingsPage>('/api/portal/bookings');
	const moving = upcoming.find((booking) => booking.id === id && booking.madeInPortal && !booking.cancelledAt);
	if (!moving) error(404, { message: words.errors.notFound });
	return { moving: moving as Booking | undefined };
}
