// Times in words: in the studio's zone, with the reader's time beside it where the two differ.

import { studio } from '$face/studio';
import { words } from '$face/words';

const locale = 'en-GB';
const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
const city = studio.timeZone.split('/').at(-1)?.replaceAll('_', ' ') ?? studio.timeZone;

const formats = new Map<string, Intl.DateTimeFormat>();

function format(at: Date, timeZone: string, options: Intl.DateTimeFormatOptions): string {
	const key = timeZone + JSON.stringify(options);
	let made = formats.get(key);
	if (!made) formats.set(key, (made = new Intl.DateTimeFormat(locale, { ...options, timeZone, hourCycle: 'h23' })));
	return made.format(at).replace(',', ''); // some browsers write “Tuesday, 24 November”
}

/** A date without a time is stored as midnight UTC, and is the same day in every zone. */
function isWholeDay(text: string): boolean {
	return /T00:00:00(\.0+)?Z$/.test(text);
}

const day: Intl.DateTimeFormatOptions = { weekday: 'long', day: 'numeric', month: 'long' };
const shortDay: Intl.DateTimeFormatOptions = { day: 'numeric', month: 'long' };

function withYear(at: Date, options: Intl.DateTimeFormatOptions): Intl.DateTimeFormatOptions {
	const near = Math.abs(at.getTime() - Date.now()) < 200 * 24 * 3600_000;
	return near ? options : { ...options, year: 'numeric' };
}

/** “Tuesday 24 November” */
export function date(text: string): string {
	const at = new Date(text);
	return format(at, isWholeDay(text) ? 'UTC' : studio.timeZone, withYear(at, day));
}

/** The day of a moment in the studio's zone: “Tuesday 24 November” */
function dayOf(at: Date): string {
	return format(at, studio.timeZone, withYear(at, day));
}

/** “24 November” */
export function shortDate(text: string): string {
	const at = new Date(text);
	return format(at, isWholeDay(text) ? 'UTC' : studio.timeZone, withYear(at, shortDay));
}

/** “14:00” in the studio's zone */
export function clock(text: string): string {
	return format(new Date(text), studio.timeZone, { hour: '2-digit', minute: '2-digit' });
}

/** “14:00”, and “14:00 (London)” where the reader is elsewhere */
export function time(text: string): string {
	return yours(text) ? `${clock(text)} (${city})` : clock(text);
}

/** “Tuesday 24 November, 14:00 (London)”, and “, 15:00 your time” where the reader is elsewhere */
export function moment(text: string): string {
	return `${dayOf(new Date(text))}, ${clock(text)} (${city})${yours(text)}`;
}

/** “Tuesday 24 November, 14:00 to 15:30 (London)”; from midnight to midnight, whole days */
export function span(start: string, end: string): string {
	const wholeDays = end > start && clock(start) === '00:00' && clock(end) === '00:00';
	const first = dayOf(new Date(start));
	const last = dayOf(new Date(Date.parse(end) - (wholeDays ? 1 : 0)));
	if (wholeDays) return first === last ? first : words.fromDayTo(first, last);
	const until = first === last ? clock(end) : `${last}, ${clock(end)}`;
	return `${first}, ${words.fromTo(clock(start), until)} (${city})${yours(start)}`;
}

function yours(text: string): string {
	const at = new Date(text);
	const full: Intl.DateTimeFormatOptions = { day: 'numeric', hour: '2-digit', minute: '2-digit' };
	if (format(at, here, full) === format(at, studio.timeZone, full)) return '';
	const sameDay = format(at, here, { day: 'numeric' }) === format(at, studio.timeZone, { day: 'numeric' });
	const time = format(at, here, { hour: '2-digit', minute: '2-digit' });
	return words.yourTime(sameDay ? time : `${format(at, here, { weekday: 'long' })} ${time}`);
}

/** “2026-11-24”, in the studio's zone */
export function isoDay(at: Date, zone = studio.timeZone): string {
	return new Intl.DateTimeFormat('en-CA', { timeZone: zone }).format(at);
}

/** The day of a stored time: “2026-11-24” */
export function isoDayOf(text: string): string {
	return isoDay(new Date(text), isWholeDay(text) ? 'UTC' : studio.timeZone);
}

/** Days from today to a date, in the studio's zone. */
export function daysUntil(text: string): number {
	return (Date.parse(isoDayOf(text)) - Date.parse(isoDay(new Date()))) / (24 * 3600_000);
}

/** The hour of the reader's clock. */
export function hourNow(): number {
	return new Date().getHours();
}
