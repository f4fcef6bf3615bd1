// A deliverable with two recordings in the demo studio, for the tests of its listening room and of comments about its
// moments; and what these tests ask of the page.

import { open, walkThrough } from './browser.mjs';
import { openDemo } from './demo.mjs';
import { deliver, tone, wav } from './sounds.mjs';

const seconds = 100;
const title = 'Listen to “Mix: ‘Ferry’”';

/** Until stop(): the demo studio, the deliverable “Mix: ‘Ferry’” of Mara's album, and its two measured versions. */
export async function openRoom() {
	const demo = await openDemo();
	try {
		const deliverable = await demo.james
			.collection('deliverables')
			.create({ project: demo.album.id, title: 'Mix: “Ferry”', status: 'IN_PROGRESS' });
		const room = new Room(demo, deliverable);
		for (const [i, amplitude] of [0.1, 0.4].entries())
			room.versions.push(await room.deliver(`Ferry, mix ${i + 1}.wav`, amplitude));
		for (const version of room.versions) await room.measured(version);
		return room;
	} catch (mistake) {
		await demo.stop();
		throw mistake;
	}
}

class Room {
	versions = [];

	constructor(demo, deliverable) {
		this.studio = demo.studio;
		this.browser = demo.browser;
		this.mara = demo.mara;
		this.owner = demo.owner;
		this.james = demo.james;
		this.project = demo.album;
		this.deliverable = deliverable;
		this.stop = demo.stop;
	}

	find(collection, filter) {
		return this.james.collection(collection).getFirstListItem(filter);
	}

	/** Sends another version of the deliverable. */
	deliver(filename, amplitude = 0.4) {
		return deliver(this.studio, this.owner.token, {
			project: this.project.id,
			deliverable: this.deliverable.id,
			filename,
			content: wav(seconds, tone(440, amplitude))
		});
	}

	// Waits until the server has measured a version's loudness in the background.
	async measured({ id }) {
		let version;
		do version = await this.find('attachments', `id = '${id}'`);
		while (!(version.lufs < 0));
	}

	mark(body, atMs, untilMs = 0, version = this.versions[1]) {
		return this.james.collection('comments').create({
			deliverable: this.deliverable.id,
			attachment: version.id,
			body,
			timed: true,
			atMs,
			untilMs
		});
	}

	async unmark() {
		const comments = this.james.collection('comments');
		for (const { id } of await comments.getFullList({ filter: `deliverable = '${this.deliverable.id}'` }))
			await comments.delete(id);
	}

	/** A page in which window.heard() is the sound that is listened to. */
	async opened(kept) {
		const page = await open(this.browser, this.studio, { kept });
		await page.addInitScript(
			() => (window.heard = () => [...document.querySelectorAll('audio')].find(({ controls }) => controls))
		);
		return page;
	}

	/** Opens the room as its client, without marks, and fails on any error or warning of the browser. */
	async visit(walk) {
		await this.unmark();
		const page = await this.opened({ greenroom: this.mara });
		const walkRoom = async () => {
			await page.getByRole('heading', { level: 1, name: title }).waitFor();
			await page.waitForFunction(() => window.heard()?.readyState > 0);
			await walk(page);
		};
		await walkThrough(page, walkRoom, { path: `/projects/${this.project.id}/listen/${this.deliverable.id}` });
	}
}

export const sound = (page, read) => page.locator('audio[controls]').evaluate(read);
export const place = (page) => sound(page, (audio) => audio.currentTime);
export const plays = (page) => page.waitForFunction(() => !window.heard().paused && window.heard().currentTime > 0);
/** Leaves all controls: the room's keys work where no control uses them. */
export const leave = (page) => page.locator('h1').focus();
