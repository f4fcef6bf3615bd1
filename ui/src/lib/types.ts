// The records as the portal's routes and PocketBase's REST API answer them. Times are RFC 3339 text, or empty.

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
	account: string; // for a person: the id of their client; empty for a client
	access: '' | Person['access'];
	hasFeed?: boolean;
}

/** One of a client's people. */
export interface Person {
	id: string;
	name: string;
	email: string;
	access: 'all' | 'work'; // everything, or everything but invoices
	joined: boolean;
}

export interface Project extends Base {
	client: string;
	title: string;
	description: string;
	descriptionHtml?: string; // if the text has Markdown
	serviceType: ServiceType;
	status: ProjectStatus;
	dueDate: string;
}

export interface Comment extends Base {
	session: string;
	milestone: string;
	goal: string;
	deliverable: string;
	attachment: string; // id of the version that it is about
	kind: '' | 'changes' | 'approval'; // set for the text of a verdict
	timed: boolean; // whether it is about a moment of the version
	atMs: number;
	untilMs: number; // 0 for a single moment
	body: string;
	bodyHtml?: string; // if the text has Markdown
	isJames: boolean;
	authorName: string;
	editedAt: string;
	deletedAt: string;
	mine?: boolean; // whether the reader wrote it; only in pages
}

export interface Attachment extends Base {
	project: string;
	session: string;
	filename: string;
	size: number;
	mimeType: string;
	uploadedBy: 'james' | 'client';
	authorName: string; // of the client or person who sent it
	deliverable: string;
	version: number; // its number among the deliverable's versions, from 1; 0 for other files
	durationMs: number; // measured by the server; 0 if unknown
	lufs: number;
	peakDb: number;
	peaks: string;
}

export interface Milestone extends Base {
	title: string;
	description: string;
	descriptionHtml?: string; // if the text has Markdown
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
	notesHtml?: string; // if the text has Markdown
	invoice?: string; // Stripe's id; only answered to the owner
	attachments: Attachment[];
	comments: Comment[];
	olderComments?: number;
}

export interface Goal extends Base {
	project: string;
	title: string;
	description: string;
	descriptionHtml?: string; // if the text has Markdown
	targetDate: string;
	completedAt: string;
	authorName: string; // of the client or person who ticked it
	comments: Comment[];
	olderComments?: number;
}

export interface Deliverable extends Base {
	project: string;
	title: string;
	description: string;
	descriptionHtml?: string; // if the text has Markdown
	status: DeliverableStatus;
	feedback: string;
	deliveredAt: string;
	approvedAt: string;
	client: string;
	attachment: Attachment | null; // the current version
	locked: boolean; // its files are locked until a payment
	preview: string; // id of the file that is never locked
	invoice?: string; // Stripe's id; only answered to the owner
	versions: Attachment[]; // newest first, including the current one
	comments: Comment[];
	olderComments?: number;
}

export interface ActionItem extends Base {
	project: string;
	title: string;
	assignedTo: 'client' | 'james';
	dueDate: string;
	completedAt: string;
	authorName: string; // of the client or person who ticked it
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
	remaining: number; // still to be paid, in minor units
	paid: number;
	refunded: number;
	credited: number;
	failure: string | null; // why the newest payment failed
	payUrl: string | null;
	receiptUrl: string | null;
	pdfUrl: string | null;
}

/** A search result; the excerpt is escaped HTML with <mark> as its only element. */
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
	note?: string; // why there is nothing where something is expected
}

/** The kinds of records that comments belong to. */
export type ThreadKind = 'session' | 'milestone' | 'goal' | 'deliverable';

/** A message of the live topic. */
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
