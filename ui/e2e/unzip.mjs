// Reads a ZIP file by its central directory, as unpacking programs do.

import { inflateRawSync } from 'node:zlib';

/** The contents of an archive's entries, by name. */
export function unzip(bytes) {
	const end = bytes.lastIndexOf('PK\x05\x06');
	const entries = new Map();
	let at = bytes.readUInt32LE(end + 16);
	for (let left = bytes.readUInt16LE(end + 10); left > 0; left--) {
		const [method, packed] = [bytes.readUInt16LE(at + 10), bytes.readUInt32LE(at + 20)];
		const [nameBytes, extraBytes, commentBytes] = [28, 30, 32].map((offset) => bytes.readUInt16LE(at + offset));
		const name = bytes.toString('utf8', at + 46, at + 46 + nameBytes);
		const local = bytes.readUInt32LE(at + 42);
		const from = local + 30 + bytes.readUInt16LE(local + 26) + bytes.readUInt16LE(local + 28);
		const content = bytes.subarray(from, from + packed);
		entries.set(name, method === 0 ? content : inflateRawSync(content));
		at += 46 + nameBytes + extraBytes + commentBytes;
	}
	return entries;
}
