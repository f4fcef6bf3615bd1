// The portal by PocketBase's official SDK, against the built binary: what any program written with that SDK can rely
// on. Run by `node --test ui/e2e/`, after `npm ci` in ui and a build; see studio.mjs for the binary that is used.

import assert from 'node:assert/strict';
import { after, before, describe, test } from 'node:test';

import { EventSource } from 'eventsource';
import PocketBase from 'pocketbase';

import { listen, within } from './events.mjs';
import { owner, startStudio } from './studio.mjs';

globalThis.EventSource = EventSource; // Node 20 has none

describe('a client with the SDK', { timeout: 600_000 }, () => {
	let studio, james, ada, bob; // instances of the SDK
	let work, other; // what the owner made for Ada, and for Bob

	before(async () => {
		studio = await startStudio();
		[james, ada, bob] = [0, 1, 2].map(() => new PocketBase(studio.url).autoCancellation(false));
		await james.collection('_superusers').authWithPassword(owner.email, owner.password);
	});

	after(async () => {
		for (const pb of [james, ada, bob]) pb?.realtime.disconnect(); // a private method, and the only way to end its reconnecting
		await studio?.stop();
	});

	test('James makes clients, projects, milestones and deliverables', async () => {
		work = await commission(james, 'Ada Lovelace', 'ada@example.com', 'Analytical album');
		other = await commission(james, 'Bob Moog', 'bob@example.com', 'Synth score');
		assert.equal(work.project.status, 'ACTIVE');
		assert.equal(work.milestone.client, work.client.id);
		assert.equal(work.deliverable.client, work.client.id);
		assert.notEqual(work.deliverable.deliveredAt, '');
	});

	test('clients sign in with the code that was mailed to them', async () => {
		for (const [pb, { client }] of [
			[ada, work],
			[bob, other]
		]) {
			const { otpId } = await pb.collection('clients').requestOTP(client.email);
			const code = await studio.codeFor(client.email);
			const { record } = await pb.collection('clients').authWithOTP(otpId, code);
			assert.equal(record.id, client.id);
			assert.ok(pb.authStore.isValid);
		}
	});

	test('the overview says what goes on and what waits', async () => {
		const overview = await ada.send('/api/portal/overview');
		assert.equal(overview.client.name, 'Ada Lovelace');
		assert.deepEqual(overview.counts, { activeProjects: 1, sessions: 0 });
		assert.deepEqual(
			overview.waiting.deliverables.map((d) => d.title),
			['Mix 1']
		);
		const [project, ...more] = overview.projects;
		assert.deepEqual(more, []);
		assert.equal(project.title, 'Analytical album');
		assert.deepEqual([project.milestonesDone, project.milestonesTotal], [0, 1]);
	});

	test('the project page has all of it, and is not there for another client', async () => {
		const page = await ada.send(`/api/portal/projects/${work.project.id}`);
		assert.equal(page.project.id, work.project.id);
		assert.deepEqual(
			page.milestones.map((m) => [m.id, m.comments]),
			[[work.milestone.id, []]]
		);
		assert.deepEqual(
			page.deliverables.map((d) => [d.id, d.status]),
			[[work.deliverable.id, 'DELIVERED']]
		);
		await refused(404, bob.send(`/api/portal/projects/${work.project.id}`));
	});

	test('a comment on a milestone is on the page, signed by the server', async () => {
		const comment = await ada
			.collection('comments')
			.create({ milestone: work.milestone.id, body: 'More piano, please.' });
		assert.deepEqual([comment.authorName, comment.isJames], ['Ada Lovelace', false]);
		assert.deepEqual(await thread(ada, work), ['More piano, please.']);
	});

	test('what James changes is heard live by its client and by nobody else', async () => {
		const options = { query: { project: work.project.id } };
		const [adasLine, bobsLine] = await Promise.all([listen(ada, options), listen(bob, options)]);
		const heard = adasLine.next('update', 'milestones');
		await james.collection('milestones').update(work.milestone.id, { status: 'ACTIVE' });
		const message = await heard;
		assert.deepEqual(Object.keys(message).sort(), ['action', 'collection', 'record']);
		assert.deepEqual([message.record.id, message.record.status], [work.milestone.id, 'ACTIVE']);

		// Messages come in the order of the changes: if Bob had been sent Ada's, it would have come before his own.
		const bobs = bobsLine.next('update', 'milestones');
		await james.collection('milestones').update(other.milestone.id, { status: 'DONE' });
		await bobs;
		assert.deepEqual(
			bobsLine.heard.map((m) => m.record.id),
			[other.milestone.id]
		);
	});

	test('an approval is heard live by James', async () => {
		const line = await listen(james);
		const heard = line.next('update', 'deliverables');
		await ada.collection('deliverables').update(work.deliverable.id, { status: 'APPROVED' });
		const { record } = await heard;
		assert.deepEqual([record.id, record.status], [work.deliverable.id, 'APPROVED']);
		assert.notEqual(record.approvedAt, '');
		await james.realtime.unsubscribe();
	});

	test('a batch makes two comments or none, and tells of none that it did not make', async () => {
		const batchOf = (...comments) => {
			const batch = ada.createBatch();
			for (const comment of comments) batch.collection('comments').create(comment);
			return batch.send();
		};
		const line = await listen(james);
		const before = await thread(ada, work);
		const made = await batchOf(
			{ milestone: work.milestone.id, body: 'One' },
			{ milestone: work.milestone.id, body: 'Two' }
		);
		assert.deepEqual(
			made.map((answer) => answer.status),
			[200, 200]
		);
		await refused(
			400,
			batchOf({ milestone: work.milestone.id, body: 'Three' }, { milestone: other.milestone.id, body: 'Four' })
		);
		assert.deepEqual((await thread(ada, work)).sort(), [...before, 'One', 'Two'].sort()); // comments of the same millisecond may come in either order

		const last = line.next('update', 'projects');
		await james.collection('projects').update(work.project.id, { status: 'IN_REVIEW' });
		await last;
		assert.deepEqual(
			line.heard.map((m) => m.record.body ?? m.collection),
			['One', 'Two', 'projects']
		);
		await james.realtime.unsubscribe();
	});

	test('archiving a client closes the live connection and ends the token', async () => {
		await ada.send('/api/portal/overview'); // the token is valid until now
		const closed = new Promise((resolve) => (ada.realtime.onDisconnect = resolve));
		const turnedAway = new Promise((resolve) => {
			ada.afterSend = (response, data) => {
				if (response.url.endsWith('/api/realtime') && response.status === 401) resolve();
				return data;
			};
		});
		await james.collection('clients').update(work.client.id, { archivedAt: new Date().toISOString() });
		const topics = await within(60, closed, 'the end of the live connection');
		assert.equal(topics.length, 1); // the SDK reports no topics if it closed the connection itself
		await within(60, turnedAway, 'the refusal of the SDK’s next attempt');
		await refused(401, ada.send('/api/portal/overview'));
		await refused(401, ada.collection('clients').authRefresh());
		await bob.send('/api/portal/overview'); // his sign-in stays valid
	});
});

// Creates a client with a project, a milestone, and a deliverable to approve.
async function commission(james, name, email, title) {
	const client = await james.collection('clients').create({ name, email });
	const project = await james.collection('projects').create({ client: client.id, title, serviceType: 'AUDIO' });
	const milestone = await james.collection('milestones').create({ project: project.id, title: 'Mixing', sortOrder: 1 });
	const deliverable = await james
		.collection('deliverables')
		.create({ project: project.id, title: 'Mix 1', status: 'DELIVERED' });
	return { client, project, milestone, deliverable };
}

// The texts of the milestone's thread on the project page.
async function thread(pb, { project }) {
	const { milestones } = await pb.send(`/api/portal/projects/${project.id}`);
	return milestones[0].comments.map((comment) => comment.body);
}

async function refused(status, request) {
	await assert.rejects(request, { name: /^ClientResponseError/, status });
}
