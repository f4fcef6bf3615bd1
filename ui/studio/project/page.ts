// What the owner's page of a project holds.

import type { ProjectPage } from '$lib/types';

import type { Meeting } from '../forms/meeting';

export interface StudioProject extends ProjectPage {
	client: { id: string; name: string; email: string; archivedAt: string; joined: boolean };
	bookings: Meeting[];
}

/** Shows what was saved at once: a new record at the end of its list, with what the server's answer leaves out. */
export function put<T extends { id: string }>(list: T[], saved: T, further: Partial<T> = {}): void {
	const listed = list.find(({ id }) => id === saved.id);
	if (listed) Object.assign(listed, saved, further);
	else list.push({ ...saved, ...further });
}
