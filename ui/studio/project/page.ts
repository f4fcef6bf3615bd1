// The data of the owner's page of a project.

import type { ProjectPage } from '$lib/types';

import type { Meeting } from '../forms/meeting';

export interface StudioProject extends ProjectPage {
	client: { id: string; name: string; email: string; archivedAt: string; joined: boolean };
	bookings: Meeting[];
}

/** Puts a saved record into its list at once: a new one at the end, with the members that the server's answer lacks. */
export function put<T extends { id: string }>(list: T[], saved: T, further: Partial<T> = {}): void {
	const listed = list.find(({ id }) => id === saved.id);
	if (listed) Object.assign(listed, saved, further);
	else list.push({ ...saved, ...further });
}
