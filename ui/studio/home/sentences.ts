// The briefing as sentences, each with a link to where it is dealt with.

import { date, moment, shortDate, span, daysUntil } from '$lib/time/times';
import { words as portal } from '$face/words';

import { words as client } from '../clients/words';
import { addressOf } from '../router.svelte';
import type { Briefing, Entry, Meeting, ProjectRow } from '../types';
import { words } from '../words';

const say = words.home;

export interface Sentence {
	key: string;
	text: string; // of the link
	href: string;
	more: string; // after the link
	join?: { href: string; label: string };
}

export interface Group {
	what: keyof typeof say.whats;
	sentences: Sentence[];
}

const excerptChars = 100;
const titleChars = 60; // of a project's title, beside the record that the sentence is about

function excerpt(text: string): string {
	const line = text.trim().split('\n')[0]!;
	return portal.quoted(
		line === text.trim() ? cut(line, excerptChars) : cut(line, excerptChars - 1).replace(/…?$/, '…')
	);
}

function cut(text: string, most: number): string {
	const chars = [...text];
	return chars.length > most ? chars.slice(0, most).join('').trimEnd() + '…' : text;
}

const of = ({ projectTitle }: { projectTitle: string }) => cut(projectTitle, titleChars);

const inProject = ({ project }: { project: string }, anchor = '') =>
	addressOf(`projects/${project}${anchor && '/' + anchor}`);

const dueOn = (at: string) => `${date(at)}, ${portal.relative(daysUntil(at))}`;

function due(entry: Entry): Sentence {
	const { collection, id, when } = entry;
	const text = say.due({ ...entry, projectTitle: of(entry) }, daysUntil(when) < 0);
	return { key: id, text, href: inProject(entry, collection === 'projects' ? '' : id), more: ` ${dueOn(when)}` };
}

/**
 * The path for writing a meeting's notes: the client's only project or, if there are several, the client's page, where
 * one is chosen.
 */
function whereNotesGo(meeting: Meeting, projects: ProjectRow[]): string {
	const own = projects.filter(({ client }) => client === meeting.client);
	return own.length === 1
		? inProject({ project: own[0]!.id }, `meeting-${meeting.id}`)
		: addressOf(`clients/${meeting.client}`);
}

/** The sentences about things that the owner has to do. */
export function needsYou(briefing: Briefing, projects: ProjectRow[]): Group[] {
	return filled([
		{
			what: 'troubles',
			sentences: briefing.troubles.map(({ name, title, lastError, troubles }) => ({
				key: name,
				text: say.trouble(title),
				href: '#/collections?collection=integrations',
				more: `: ${lastError || words.home.lookCloser(troubles)}`
			}))
		},
		{
			what: 'comments',
			sentences: briefing.comments.map((comment) => ({
				key: comment.id,
				text: say.wrote(comment.authorName || comment.clientName, comment.threadTitle, of(comment)),
				href: inProject(comment, `thread-${comment.threadId}`),
				more: `, ${shortDate(comment.created)}: ${excerpt(comment.body)}`
			}))
		},
		{
			what: 'changes',
			sentences: briefing.changes.map((entry) => ({
				key: entry.id,
				text: say.changes(entry.clientName, entry.title, of(entry)),
				href: inProject(entry, entry.id),
				more: `: ${excerpt(entry.note)}`
			}))
		},
		{ what: 'overdue', sentences: briefing.overdue.map(due) },
		{
			what: 'unnoted',
			sentences: briefing.unnoted.map((meeting) => ({
				key: meeting.id,
				text: say.unnoted(meeting.title, meeting.clientName),
				href: whereNotesGo(meeting, projects),
				more: `, ${moment(meeting.startTime)}`
			}))
		}
	]);
}

/** The sentences about the coming days. */
export function ahead(briefing: Briefing): Group[] {
	return filled([
		{
			what: 'nextBookings',
			sentences: briefing.nextBookings.map((meeting) => ({
				key: meeting.id,
				text: say.meeting(meeting.title, meeting.clientName),
				href: addressOf(`clients/${meeting.client}`),
				more: `, ${span(meeting.startTime, meeting.endTime)}${meeting.note ? `: ${portal.quoted(meeting.note)}` : ''}`,
				...(meeting.meetUrl && { join: { href: meeting.meetUrl, label: client.joinOf(meeting.title) } })
			}))
		},
		{ what: 'dueThisWeek', sentences: briefing.dueThisWeek.map(due) }
	]);
}

/** The sentences about things that wait for others. */
export function waiting(briefing: Briefing): Group[] {
	return filled([
		{
			what: 'approvals',
			sentences: briefing.approvals.map((entry) => ({
				key: entry.id,
				text: say.approval(entry.title, of(entry), entry.clientName),
				href: inProject(entry, entry.id),
				more: `, ${say.since(shortDate(entry.when))}`
			}))
		}
	]);
}

const filled = (groups: Group[]) => groups.filter(({ sentences }) => sentences.length > 0);
