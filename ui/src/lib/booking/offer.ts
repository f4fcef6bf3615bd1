// Free times by the days and the clock of the reader's current time zone, with the studio's time beside it where it
// differs. When the clocks go back, a day has two hours of the same name, which the studio's time tells apart.

const locale = 'en-GB';

export interface Slot {
	start: string;
	end: string;
}

/** The answer of GET /api/portal/availability; its days are the studio's. */
export interface Offer {
	timezone: string;
	duration: number;
	days: { date: string; slots: Slot[] }[];
}

export interface Time extends Slot {
	label: string; // “10:00”, “15:45, which is 10:00 in London”
}

export interface Day {
	date: string; // “2026-11-24”, the reader's
	name: string; // “Tuesday 24 November”
	times: Time[];
}

export interface Zones {
	reader: string;
	studio: string;
}

/** The reader's time zone now; it may change on a journey. */
export const readerZone = (): string => Intl.DateTimeFormat().resolvedOptions().timeZone;

const formats = new Map<string, Intl.DateTimeFormat>();

function format(at: Date, timeZone: string, options: Intl.DateTimeFormatOptions): string {
	const key = timeZone + JSON.stringify(options);
	let made = formats.get(key);
	if (!made) formats.set(key, (made = new Intl.DateTimeFormat(locale, { ...options, timeZone, hourCycle: 'h23' })));
	return made.format(at).replace(',', ''); // some browsers write “Tuesday, 24 November”
}

const clock: Intl.DateTimeFormatOptions = { hour: '2-digit', minute: '2-digit' };
const dayNumbers: Intl.DateTimeFormatOptions = { year: 'numeric', month: '2-digit', day: '2-digit' };

/** “2026-11-24” */
export function dateIn(zone: string, at: Date): string {
	const parts = new Intl.DateTimeFormat('en', { ...dayNumbers, timeZone: zone }).formatToParts(at);
	const part = (type: string) => parts.find((one) => one.type === type)?.value ?? '';
	return `${part('year')}-${part('month')}-${part('day')}`;
}

/** “Tuesday 24 November” */
export const dayName = (zone: string, at: Date): string =>
	format(at, zone, { weekday: 'long', day: 'numeric', month: 'long' });

// Browsers still use outdated names for some zones.
const todays: Record<string, string> = {
	Calcutta: 'Kolkata',
	Faeroe: 'Faroe',
	Katmandu: 'Kathmandu',
	Kiev: 'Kyiv',
	Rangoon: 'Yangon',
	Saigon: 'Ho Chi Minh City'
};

/** “London” */
export function cityOf(zone: string): string {
	const name = zone.split('/').at(-1)?.replaceAll('_', ' ') ?? zone;
	return todays[name] ?? name;
}

/** Whether the two clocks differ at a moment. */
export function differs({ reader, studio }: Zones, at: Date): boolean {
	const whole = { ...dayNumbers, ...clock };
	return format(at, reader, whole) !== format(at, studio, whole);
}

/** “10:00”, and where the clocks differ “15:45, 10:00 in London” */
export function clockOf(zones: Zones, at: Date): string {
	const here = format(at, zones.reader, clock);
	if (!differs(zones, at)) return here;
	const there = format(at, zones.studio, clock);
	const sameDay = dateIn(zones.reader, at) === dateIn(zones.studio, at);
	const day = sameDay ? '' : `${format(at, zones.studio, { weekday: 'long' })} `;
	return `${here}, ${day}${there} in ${cityOf(zones.studio)}`;
}

/** “Tuesday 24 November, 10:00 to 10:30”, and where the clocks differ “, 15:45 to 16:15 in London” */
export function spanOf(zones: Zones, { start, end }: Slot): string {
	const [from, until] = [new Date(start), new Date(end)];
	const span = (zone: string) => `${format(from, zone, clock)} to ${format(until, zone, clock)}`;
	const here = `${dayName(zones.reader, from)}, ${span(zones.reader)}`;
	if (!differs(zones, from)) return `${here} (${cityOf(zones.studio)})`;
	const sameDay = dateIn(zones.reader, from) === dateIn(zones.studio, from);
	return `${here} (${cityOf(zones.reader)}), ${sameDay ? '' : `${dayName(zones.studio, from)}, `}${span(zones.studio)} in ${cityOf(zones.studio)}`;
}

/** The reader's days with a free time, earliest first. */
export function daysOf(offer: Offer, zones: Zones): Day[] {
	const days = new Map<string, Day>();
	for (const slot of offer.days.flatMap(({ slots }) => slots)) {
		const at = new Date(slot.start);
		const date = dateIn(zones.reader, at);
		const day = days.get(date) ?? { date, name: dayName(zones.reader, at), times: [] };
		day.times.push({ ...slot, label: clockOf(zones, at) });
		days.set(date, day);
	}
	for (const { times } of days.values()) tellApart(times, zones);
	return [...days.values()];
}

function tellApart(times: Time[], { reader }: Zones): void {
	const shown = (time: Time) => format(new Date(time.start), reader, clock);
	const counted = new Map<string, number>();
	for (const time of times) counted.set(shown(time), (counted.get(shown(time)) ?? 0) + 1);
	for (const time of times) {
		if (counted.get(shown(time)) === 1) continue;
		const zone = new Intl.DateTimeFormat(locale, { timeZone: reader, timeZoneName: 'short' })
			.formatToParts(new Date(time.start))
			.find(({ type }) => type === 'timeZoneName')?.value;
		time.label = time.label.replace(shown(time), `${shown(time)} ${zone ?? ''}`);
	}
}
