// Recordings for tests: WAV files of tones.

/** A mono WAV of 16 bits. `sample` returns the value, -1 to 1, at a time in seconds. */
export function wav(seconds, sample, rate = 22_050) {
	const frames = Math.round(seconds * rate);
	const file = Buffer.alloc(44 + frames * 2);
	file.write('RIFF', 0);
	file.writeUInt32LE(36 + frames * 2, 4);
	file.write('WAVEfmt ', 8);
	file.writeUInt32LE(16, 16);
	file.writeUInt16LE(1, 20);
	file.writeUInt16LE(1, 22);
	file.writeUInt32LE(rate, 24);
	file.writeUInt32LE(rate * 2, 28);
	file.writeUInt16LE(2, 32);
	file.writeUInt16LE(16, 34);
	file.write('data', 36);
	file.writeUInt32LE(frames * 2, 40);
	for (let i = 0; i < frames; i++) file.writeInt16LE(Math.round(sample(i / rate) * 32_767), 44 + i * 2);
	return file;
}

export const tone = (hertz, amplitude) => (seconds) => amplitude * Math.sin(2 * Math.PI * hertz * seconds);

/** Uploads a file to a project, as a version of a deliverable if one is named. */
export async function deliver(studio, token, { project, deliverable, filename, content }) {
	const form = new FormData();
	form.set('project', project);
	if (deliverable) form.set('deliverable', deliverable);
	form.set('filename', filename);
	form.set('file', new Blob([content], { type: 'audio/wav' }), filename);
	const answer = await fetch(`${studio.url}/api/collections/attachments/records`, {
		method: 'POST',
		headers: { Authorization: token },
		body: form
	});
	if (!answer.ok) throw new Error(`${filename}: ${answer.status} ${await answer.text()}`);
	return answer.json();
}
