// Booking a free time by keyboard, without sight and at 320 px.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import PocketBase from 'pocketbase';

import { focusIs, launch, open, press, showAs, signIn, tabTo, write } from './browser.mjs';
import { smallTargets, violations } from './examine.mjs';
import { startGoogle } from './google.mjs';
import { owner, startStudio } from './studio.mjs';

const looks = [
	{ name: 'light, 1280 px', scheme: 'light', width: 1280, height: 900 },
	{ name: 'dark, 320 px', scheme: 'dark', width: 320, height: 640 },
	{ name: 'light, 1280 px at 200 %', scheme: 'light', width: 1280, height: 900, text: '200%' }
];

async function isFine(page) {
	for (const look of looks) {
		await showAs(page, look);
		assert.deepEqual(await violations(page), [], look.name);
		assert.ok((await page.evaluate(() => document.documentElement.scrollWidth - innerWidth)) <= 0, look.name);
		assert.deepEqual(await smallTargets(page), [], look.name);
	}
	assert.deepEqual(
		page.complaints.filter((one) => !/Failed to load resource/.test(one)),
		[]
	);
}

// From the day after tomorrow on, all times are free.
const dayAfter = (days) => new Date(Date.now() + days * 24 * 3600_000);
const named = (at, timeZone = 'Europe/London') =>
	new Intl.DateTimeFormat('en-GB', { timeZone, weekday: 'long', day: 'numeric', month: 'long' })
		.format(at)
		.replace(',', '');

// Opens a day and chooses one of its times, by keyboard.
async function choose(page, day, time) {
	const heading = await tabTo(page, 'button', new RegExp(`^[+−]?\\s*${day},`));
	if ((await heading.getAttribute('aria-expanded')) !== 'true') await page.keyboard.press('Enter');
	const radio = page
		.getByRole('group', { name: `Times on ${day}` })
		.getByRole('radio', { name: time })
		.first();
	await radio.focus(); // arrow keys reach it; there are too many times to press them all
	await page.keyboard.press('Space');
	return radio;
}

describe('booking', { timeout: 600_000 }, () => {
	let google, studio, browser, james;
	const signIns = {};

	before(async () => {
		google = await startGoogle();
		studio = await startStudio({ env: google.env });
		browser = await launch();
		james = new PocketBase(studio.url).autoCancellation(false);
		await james.collection('_superusers').authWithPassword(owner.email, owner.password);
		for (const name of ['Ana', 'Ben', 'Cy', 'Dee']) {
			const email = `${name.toLowerCase()}@example.com`;
			await james.collection('clients').create({ name, email });
			signIns[name] = await signIn(studio, email);
		}
	});

	after(async () => {
		await browser?.close();
		await studio?.stop();
		google?.stop();
	});

	const visit = async (who, path, more = {}) => {
		const page = await open(browser, studio, { kept: { greenroom: signIns[who] }, ...more });
		await page.goto(path);
		await page.getByRole('heading', { level: 1 }).waitFor();
		return page;
	};

	test('by keyboard, from the list of meetings to the confirmation, then moved and cancelled', async () => {
		const page = await visit('Ana', '/bookings');
		await press(page, 'link', 'Book a meeting');
		await page.getByRole('heading', { level: 1, name: 'Book a meeting' }).waitFor();
		await isFine(page);
		await tabTo(page, 'radio', '15 minutes');
		await page.keyboard.press('ArrowDown');
		await page.getByRole('heading', { name: 'When?' }).waitFor();
		const day = named(dayAfter(3));
		await page.getByRole('heading', { name: new RegExp(`${day}, 95 times free`) }).waitFor(); // of half an hour
		await choose(page, day, '10:00');
		await page.getByText(`You meet James on ${day}, 10:00 to 10:30 (London).`).waitFor();
		await isFine(page);
		await write(page, 'What is it about?', 'The second verse');
		await press(page, 'button', `Book ${day} at 10:00`);
		await page.getByRole('heading', { name: 'Your meeting is booked' }).waitFor();
		await focusIs(page, 'Your meeting is booked');
		await page.getByText(`You meet James on ${day}, 10:00 to 10:30 (London).`).waitFor();
		await isFine(page);

		await press(page, 'link', 'Back to your bookings');
		await page.getByText('The second verse').waitFor();
		await page.getByRole('link', { name: 'Join “Ana and James”' }).waitFor();
		await isFine(page);
		await press(page, 'link', 'Move “Ana and James” to another time');
		await page.getByRole('heading', { level: 1, name: 'Move “Ana and James”' }).waitFor();
		await choose(page, day, '10:15');
		await press(page, 'button', `Move it to ${day} at 10:15`);
		await page.getByRole('heading', { name: 'The meeting has moved' }).waitFor();
		await focusIs(page, 'The meeting has moved');
		assert.equal(google.events.size, 1);

		await press(page, 'link', 'Back to your bookings');
		await press(page, 'button', 'Cancel “Ana and James”');
		await page.getByRole('dialog', { name: 'Cancel “Ana and James”?' }).waitFor();
		await focusIs(page, 'Keep it');
		await isFine(page);
		await write(page, 'A word to James (you can leave it empty)', 'I am ill');
		await press(page, 'button', 'Cancel the meeting');
		await page.getByText('Cancelled', { exact: true }).waitFor();
		await focusIs(page, 'Bookings');
		assert.equal(google.events.size, 0);
		await isFine(page);
		await page.context().close();
	});

	test('somebody else is quicker', async () => {
		const page = await visit('Ben', '/bookings/new');
		await page.getByRole('radio', { name: 'One hour', exact: true }).check();
		const day = named(dayAfter(4));
		const radio = await choose(page, day, '12:00');
		google.take(await radio.getAttribute('value'), 30);
		await press(page, 'button', `Book ${day} at 12:00`);
		await page.getByText('12:00 has just been taken. Choose another time.').first().waitFor();
		await page.waitForFunction(() => document.activeElement?.textContent === 'When?'); // once the new list is shown
		const times = page.getByRole('group', { name: `Times on ${day}` });
		assert.equal(await times.getByRole('radio', { name: '12:00' }).count(), 0);
		assert.equal(await times.getByRole('radio', { name: '12:45' }).count(), 1);
		await isFine(page);
		await page.context().close();
	});

	test('the list changes under the hand', async () => {
		const page = await visit('Ben', '/bookings/new');
		await page.getByRole('radio', { name: 'One hour', exact: true }).check();
		const day = named(dayAfter(5));
		const radio = await choose(page, day, '15:00');
		await page.getByRole('heading', { name: 'Confirm' }).waitFor();
		// The studio learns of the change before the page asks again.
		const start = await radio.getAttribute('value');
		const answered = page.waitForResponse(/availability/);
		await page.route(/availability/, async (route) => {
			const response = await route.fetch();
			const offer = await response.json();
			for (const one of offer.days) one.slots = one.slots.filter((slot) => slot.start !== start);
			await route.fulfill({ response, json: offer });
		});
		await page.evaluate(() => document.dispatchEvent(new Event('visibilitychange')));
		await answered;
		await page.getByRole('heading', { name: 'Confirm' }).waitFor({ state: 'hidden' });
		await page.getByText('15:00 is no longer free. Choose another time.').waitFor();
		await page.waitForFunction(() => document.activeElement?.textContent === 'When?');
		assert.deepEqual(page.complaints, []);
		await page.context().close();
	});

	test('in another zone, with 45 minutes', async () => {
		const page = await visit('Cy', '/bookings/new', { timezoneId: 'Asia/Kathmandu', width: 320, height: 640 });
		await page.getByRole('radio', { name: 'Half an hour' }).check();
		await page.getByText("Days and times are yours, in Kathmandu; James's clock, in London").waitFor();
		const day = named(dayAfter(6), 'Asia/Kathmandu');
		await choose(page, day, /^15:45, \d\d:\d\d in London/);
		await page
			.getByText(
				new RegExp(`You meet James on ${day}, 15:45 to 16:15 \\(Kathmandu\\), \\d\\d:\\d\\d to \\d\\d:\\d\\d in London`)
			)
			.waitFor();
		await isFine(page);
		await press(page, 'button', `Book ${day} at 15:45`);
		await page.getByRole('heading', { name: 'Your meeting is booked' }).waitFor();
		await page.context().close();
	});

	test('Google is down: a sentence, and another try', async () => {
		await studio.restart(); // clears what is cached in memory
		const page = await visit('Dee', '/bookings/new');
		google.down = true;
		await page.getByRole('radio', { name: 'Two hours' }).check();
		await page.getByText('The calendar cannot be reached just now').waitFor();
		await isFine(page);
		google.down = false;
		await press(page, 'button', 'Try again');
		await page.getByRole('heading', { name: new RegExp(`${named(dayAfter(3))}, \\d+ times free`) }).waitFor();
		await page.context().close();
	});

	test('the owner looks, and books nothing', async () => {
		const clients = await james.collection('clients').getFullList({ filter: "name = 'Dee'" });
		const page = await open(browser, studio, {
			kept: { '__pb_superusers__/_': { token: james.authStore.token, record: james.authStore.record } }
		});
		await page.goto(`/bookings/new?as=${clients[0].id}`);
		await page.getByRole('radio', { name: 'Half an hour' }).check();
		await choose(page, named(dayAfter(7)), '16:00'); // in the evening, 10:00 is Kathmandu's 15:45 of the sixth day
		assert.equal(await page.getByRole('button', { name: /^Book / }).count(), 0);
		await page.context().close();
	});
});

test('where nobody books, the page says whom to write to', { timeout: 600_000 }, async () => {
	const studio = await startStudio();
	const browser = await launch();
	try {
		const james = new PocketBase(studio.url);
		await james.collection('_superusers').authWithPassword(owner.email, owner.password);
		await james.collection('clients').create({ name: 'Ana', email: 'ana@example.com' });
		const page = await open(browser, studio, { kept: { greenroom: await signIn(studio, 'ana@example.com') } });
		await page.goto('/bookings');
		await page.getByText('To arrange a meeting, write to James.').waitFor();
		assert.equal(await page.getByRole('link', { name: 'Book a meeting' }).count(), 0);
		await page.goto('/bookings/new');
		await page.getByText('Meetings are not booked here. To arrange one, write to James.').waitFor();
		await isFine(page);
	} finally {
		await browser.close();
		await studio.stop();
	}
});
