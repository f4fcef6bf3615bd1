// A client's calendar feed, from the built binary, as an independent iCalendar library reads it. Run by `node --test
// ui/e2e/`, after `npm ci` in ui and a build; see studio.mjs for the binary that is used.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import ICAL from 'ical.js';
import PocketBase from 'pocketbase';

import { launch, open, press, walkThrough } from './browser.mjs';
import { owner, startStudio } from './studio.mjs';

const wide = '日本語, a; b\\c "d" 🎧 '.repeat(20).trim();

// The owner's calendar. In the studio's zone, London, the clocks change between the two days of "Days".
const meetings = [
	{
		calendarEventId: 'call',
		title: 'Call',
		startTime: '2027-06-01 09:00:00.000Z',
		endTime: '2027-06-01 09:45:00.000Z',
		meetUrl: 'https://meet.example/a,b;c'
	},
	{
		calendarEventId: 'off',
		title: 'Off',
		startTime: '2027-06-02 09:00:00.000Z',
		endTime: '2027-06-02 10:00:00.000Z',
		cancelledAt: '2027-01-01 00:00:00.000Z'
	},
	{
		calendarEventId: 'days',
		title: 'Days',
		startTime: '2027-10-30 23:00:00.000Z',
		endTime: '2027-11-02 00:00:00.000Z'
	},
	{
		calendarEventId: 'moment',
		title: 'Moment',
		startTime: '2027-06-03 09:00:00.000Z',
		endTime: '2027-06-03 09:00:00.000Z'
	},
	{ calendarEventId: 'wide', title: wide, startTime: '2027-06-04 09:00:00.000Z', endTime: '2027-06-04 10:00:00.000Z' }
];

describe('a calendar feed', { timeout: 600_000 }, () => {
	let studio, james, ada, address;

	before(async () => {
		studio = await startStudio();
		[james, ada] = [0, 1].map(() => new PocketBase(studio.url).autoCancellation(false));
		await james.collection('_superusers').authWithPassword(owner.email, owner.password);
		const client = await james.collection('clients').create({ name: 'Ada', email: 'ada@example.com' });
		const other = await james.collection('clients').create({ name: 'Bob', email: 'bob@example.com' });
		for (const meeting of meetings) await james.collection('bookings').create({ client: client.id, ...meeting });
		await james.collection('bookings').create({ ...meetings[0], client: other.id, calendarEventId: 'bobs' });
		const { otpId } = await ada.collection('clients').requestOTP('ada@example.com');
		await ada.collection('clients').authWithOTP(otpId, await studio.codeFor('ada@example.com'));
		({ url: address } = await ada.send('/api/portal/feed', { method: 'POST' }));
	});

	after(() => studio?.stop());

	test('says when, what, where and whether', async () => {
		const events = await follow(address);
		assert.deepEqual([...events.keys()].sort(), meetings.map((m) => m.title).sort());
		assert.equal(new Set([...events.values()].map((e) => e.uid)).size, meetings.length);

		const call = events.get('Call');
		assert.deepEqual(times(call), ['2027-06-01T09:00:00Z', '2027-06-01T09:45:00Z']);
		assert.equal(call.startDate.zone, ICAL.Timezone.utcTimezone);
		assert.equal(call.location, meetings[0].meetUrl);
		assert.equal(call.component.getFirstPropertyValue('url'), meetings[0].meetUrl);
		assert.equal(call.component.getFirstPropertyValue('status'), 'CONFIRMED');
		assert.equal(events.get('Off').component.getFirstPropertyValue('status'), 'CANCELLED');
		assert.deepEqual(times(events.get('Days')), ['2027-10-31', '2027-11-02']);
		assert.deepEqual(times(events.get('Moment')), ['2027-06-03T09:00:00Z', '2027-06-03T09:00:00Z']);
	});

	test('raises the sequence of a meeting that is moved, and of no other', async () => {
		const before = await follow(address);
		const [booking] = await james.collection('bookings').getFullList({ filter: 'calendarEventId = "call"' });
		await james.collection('bookings').update(booking.id, { startTime: '2027-06-01 08:00:00.000Z' });
		const after = await follow(address);
		for (const [title, event] of after) {
			assert.equal(event.uid, before.get(title).uid);
			assert.equal(event.sequence, before.get(title).sequence + (title === 'Call' ? 1 : 0), title);
		}
	});

	test('is made once in the settings, however often the button is pressed', async () => {
		const browser = await launch();
		try {
			const kept = { greenroom: { token: ada.authStore.token, record: ada.authStore.record } };
			const page = await open(browser, studio, { kept });
			await page.addInitScript(() =>
				Object.defineProperty(navigator.clipboard, 'writeText', { value: () => Promise.reject(new Error('forbidden')) })
			);
			const asked = [];
			page.on('request', (request) => {
				if (new URL(request.url()).pathname === '/api/portal/feed') asked.push(request.method());
			});
			await walkThrough(
				page,
				async () => {
					await page.getByRole('button', { name: 'Make a new calendar address' }).evaluate((button) => {
						button.click();
						button.click();
					});
					const field = page.locator('#feed:focus');
					await field.waitFor();
					address = await field.inputValue();
					assert.equal((await fetch(address)).status, 200);
					assert.deepEqual(asked, ['POST']);

					await press(page, 'button', 'Copy the calendar address');
					await page.getByRole('alert').filter({ hasText: 'The browser does not copy it.' }).waitFor();
					assert.equal(await page.evaluate(() => getSelection().toString()), address);
				},
				{ path: '/settings' }
			);
		} finally {
			await browser.close();
		}
	});

	test('ends when the client takes it back', async () => {
		await ada.send('/api/portal/feed', { method: 'DELETE' });
		assert.equal((await fetch(address)).status, 404);
	});
});

// Reads the feed's events, by title.
async function follow(address) {
	const response = await fetch(address);
	assert.equal(response.status, 200);
	assert.match(response.headers.get('content-type'), /^text\/calendar/);
	const calendar = new ICAL.Component(ICAL.parse(await response.text()));
	const events = calendar.getAllSubcomponents('vevent').map((component) => new ICAL.Event(component));
	return new Map(events.map((event) => [event.summary, event]));
}

function times(event) {
	return [event.startDate, event.endDate].map(String);
}
