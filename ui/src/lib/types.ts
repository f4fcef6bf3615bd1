// The records as the portal's routes and PocketBase's REST API give them. Times are RFC 3339 text, empty where there is
// none.

export type ServiceType = 'SOFTWARE' | 'ACCESSIBILITY' | 'AUDIO' | 'PRODUCTION' | 'MUSICIAN';
export type ProjectStatus = 'ACTIVE' | 'IN_REVIEW' | 'COMPLETED' | 'ON_HOLD';
export type MilestoneStatus = 'TODO' | 'ACTIVE' | 'DONE';
export type DeliverableStatus = 'PENDING' | 'IN_PROGRESS' | 'DELIVERED' | 'APPROVED';

export interface Base {
	id: string;
	created: string;
	updated: string;
}

export interface Client extends Base {
	name: string;
	email: string;
	company: string;
	notices: 'each' | 'daily' | 'none';
	digestAt: string;
	timezone: string;
	account: string; // the client whose person this is; empty for a client
	access: '' | Person['access'];
	hasFeed?: boolean;
}

/** One of a client's people. */
export interface Person {
	id: string;
	name: string;
	email: string;
	access: 'all' | 'work'; // everything, or everything but money
	joined: boolean;
}

export interface Project extends Base {
	client: string;
	title: string;
	description: string;
	descriptionHtml?: string; // where there is Markdown in it
	serviceType: ServiceType;
	status: ProjectStatus;
	dueDate: string;
}

export interface Comment extends Base {
	session: string;
	milestone: string;
	goal: string;
	deliverable: string;
	attachment: string; // the version of the deliverable that is meant
	kind: '' | 'changes' | 'approval'; // of a verdict's words
	timed: boolean; // whether it is about a moment of the version
	atMs: number;
	untilMs: number; // 0 where it is about no stretch
	body: string;
	bodyHtml?: string; // where there is Markdown in it
	isJames: boolean;
	authorName: string;
	editedAt: string;
	deletedAt: string;
	mine?: boolean; // whether who reads the page wrote it; only pages say so
}

export interface Attachment extends Base {
	project: string;
	session: string;
	filename: string;
	size: number;
	mimeType: string;
	uploadedBy: 'james' | 'client';
	authorName: string; // of who of the client's side sent it
	deliverable: string;
	version: number; // its number among the deliverable's files, from 1; 0 without one
	durationMs: number; // what the server measured; 0 where it could not
	lufs: number;
	peakDb: number;
	peaks: string;
}

export interface Milestone extends Base {
	title: string;
	description: string;
	descriptionHtml?: string; // where there is Markdown in it
	status: MilestoneStatus;
	dueDate: string;
	comments: Comment[];
	olderComments?: number;
}

export interface Session extends Base {
	project: string;
	title: string;
	date: string;
	durationMin: number;
	notes: string;
	notesHtml?: string; // where there is Markdown in it
	invoice?: string; // Stripe's id, which the owner alone is shown
	attachments: Attachment[];
	comments: Comment[];
	olderComments?: number;
}

export interface Goal extends Base {
	project: string;
	title: string;
	description: string;
	descriptionHtml?: string; // where there is Markdown in it
	targetDate: string;
	completedAt: string;
	authorName: string; // of who of the client's side ticked it
	comments: Comment[];
	olderComments?: number;
}

export interface Deliverable extends Base {
	project: string;
	title: string;
	description: string;
	descriptionHtml?: string; // where there is Markdown in it
	status: DeliverableStatus;
	feedback: string;
	deliveredAt: string;
	approvedAt: string;
	client: string;
	attachment: Attachment | null; // the current version
	locked: boolean; // its files wait for a payment
	preview: string; // the file that does not wait; an id
	invoice?: string; // Stripe's id, which the owner alone is shown
	versions: Attachment[]; // newest first, the current one among them
	comments: Comment[];
	olderComments?: number;
}

export interface ActionItem extends Base {
	project: string;
	title: string;
	assignedTo: 'client' | 'james';
	dueDate: string;
	completedAt: string;
	authorName: string; // of who of the client's side ticked it
}

export interface Booking extends Base {
	title: string;
	startTime: string;
	endTime: string;
	meetUrl: string;
	cancelledAt: string;
	madeInPortal?: boolean;
	note?: string;
}

type In<T> = T & { projectTitle: string };

export interface Overview {
	client: Client;
	counts: { activeProjects: number; sessions: number };
	nextBooking: Booking | null;
	waiting: {
		deliverables: In<Deliverable>[];
		actionItems: In<ActionItem>[];
		comments: (In<Comment> & { project: string })[];
	};
	projects: (Project & { milestonesDone: number; milestonesTotal: number })[];
	latestSessions: In<Session>[];
}

export interface ProjectPage {
	project: Project;
	milestones: Milestone[];
	sessions: Session[];
	goals: Goal[];
	deliverables: Deliverable[];
	actionItems: ActionItem[];
	attachments: Attachment[];
}

export interface BookingsPage {
	upcoming: Booking[];
	past: Booking[];
	nextCursor: string;
}

export interface Sum {
	currency: string;
	exponent: number;
	amount: number;
}

export interface Invoice extends Sum {
	kind: 'invoice' | 'payment';
	number: string | null;
	description: string | null;
	status: string;
	created: string | null;
	dueDate: string | null;
	remaining: number; // what is still to be paid of it, in minor units
	paid: number;
	refunded: number;
	credited: number;
	failure: string | null; // why the newest payment did not arrive
	payUrl: string | null;
	receiptUrl: string | null;
	pdfUrl: string | null;
}

/** Where words were found; the excerpt is escaped HTML with <mark> alone. */
export interface Found {
	collection: string;
	id: string;
	project: string;
	projectTitle: string;
	title: string;
	excerpt: string;
	at: string;
}

export interface Invoices {
	configured: boolean;
	asOf: string | null;
	stale: boolean;
	outstanding: Sum[];
	items: Invoice[];
	note?: string; // why there is nothing, where there should be something
}

/** What a comment hangs off. */
export type ThreadKind = 'session' | 'milestone' | 'goal' | 'deliverable';

/** What comes over the live line. */
export interface Message {
	action: 'create' | 'update' | 'delete';
	collection: string;
	record: Partial<Base & Comment> & {
		client?: string;
		title?: string;
		name?: string;
		filename?: string;
		status?: string;
		feedback?: string;
		completedAt?: string;
		assignedTo?: string;
		uploadedBy?: string;
	};
}
