// The answers of the Studio's routes, except those of a project's page (project/page.ts). Times are RFC 3339 text, or
// empty.

import type { Booking, ProjectStatus, ServiceType } from '$lib/types';

interface About {
	project: string;
	projectTitle: string;
	client: string;
	clientName: string;
}

export interface Entry extends About {
	collection: 'deliverables' | 'action_items' | 'milestones' | 'projects';
	id: string;
	title: string;
	when: string;
	note: string;
	assignedTo: 'client' | 'james' | '';
}

export interface OpenComment extends About {
	id: string;
	authorName: string;
	body: string;
	created: string;
	thread: 'sessions' | 'milestones' | 'goals' | 'deliverables';
	threadId: string;
	threadTitle: string;
}

export interface Meeting {
	id: string;
	title: string;
	startTime: string;
	endTime: string;
	meetUrl: string;
	note: string; // the client's, if they booked the meeting
	client: string;
	clientName: string;
}

export interface Health {
	name: string;
	title: string;
	lastError: string;
	troubles: number;
}

export interface Briefing {
	comments: OpenComment[];
	changes: Entry[];
	overdue: Entry[];
	dueThisWeek: Entry[];
	unnoted: Meeting[];
	nextBookings: Meeting[];
	approvals: Entry[];
	troubles: Health[];
}

export interface ProjectRow {
	id: string;
	title: string;
	serviceType: ServiceType;
	status: ProjectStatus;
	dueDate: string;
	client: string;
	clientName: string;
	milestonesDone: number;
	milestonesTotal: number;
	unanswered: number;
	updated: string;
}

export interface ClientRow {
	id: string;
	name: string;
	email: string;
	company: string;
	archivedAt: string;
	joined: boolean;
	invitedAt: string;
	activeProjects: number;
}

export interface ClientRecord {
	id: string;
	name: string;
	email: string;
	company: string;
	stripeCustomerId: string;
	archivedAt: string;
}

export interface ClientPageData {
	client: ClientRecord;
	joined: boolean;
	banned: boolean; // at Clerk
	signIn: 'clerk' | 'code' | 'none';
	invitedAt: string;
	projects: ProjectRow[];
	bookings: Pick<Booking, 'id' | 'title' | 'startTime' | 'endTime' | 'meetUrl' | 'note'>[];
}

export interface Items<T> {
	items: T[];
}
