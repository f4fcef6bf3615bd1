// The words of the dashboard.

import { count, number, owner, quoted } from './phrases';

export const dashboard = {
	title: 'Dashboard',
	greeting(name: string, hour: number): string {
		const part = hour < 5 ? 'evening' : hour < 12 ? 'morning' : hour < 18 ? 'afternoon' : 'evening';
		return name ? `Good ${part}, ${name}` : `Good ${part}`;
	},
	summary(projects: number, sessions: number): string {
		const parts = [
			projects && count(projects, 'active project'),
			sessions && `${count(sessions, 'session')} so far`
		].filter(Boolean);
		return parts.length ? parts.join(', ') + '.' : '';
	},
	empty: `${owner} will set things up for you shortly. You will find everything here.`,
	waiting: 'Waiting for you',
	waitingCount: (n: number) =>
		n === 1 ? '1 thing is waiting for you.' : `${number.format(n)} things are waiting for you.`,
	nothingWaits: 'Nothing is waiting for you.',
	readyToApprove: 'is ready to approve.',
	wrote: 'wrote',
	review: 'Review',
	reviewOf: (title: string) => `Review ${quoted(title)}`,
	answer: 'Answer',
	answerTo: (author: string, start: string) => `Answer ${author}: ${quoted(start)}`,
	progressOf: (title: string) => `Milestones of ${quoted(title)}`,
	next: 'Next meeting',
	noMeeting: 'No meeting is booked.',
	projects: 'Projects',
	noProjects: 'No project is active just now.',
	milestones: (done: number, total: number) => `${done} of ${count(total, 'milestone')} done`,
	notes: 'Latest notes',
	readNotes: (date: string) => `Read the notes of ${date}`,
	money: 'Money',
	seeInvoices: 'See your invoices',
	moneyLater: 'Your invoices cannot be read just now. Nothing else is affected.'
};
