// The words of files and uploads.

import { count, owner, quoted } from './phrases';

export const kinds = {
	audio: 'audio',
	image: 'image',
	video: 'video',
	text: 'text',
	application: 'document',
	other: 'file'
};

export const files = {
	play: (name: string) => `Play ${quoted(name)}`,
	stop: (name: string) => `Close the player of ${quoted(name)}`,
	open: (name: string) => `Open ${quoted(name)}`,
	shut: (name: string) => `Close ${quoted(name)}`,
	download: (name: string) => `Download ${quoted(name)}`,
	remove: (name: string) => `Delete ${quoted(name)}`,
	playShort: 'Play',
	openShort: 'Open',
	closeShort: 'Close',
	downloadShort: 'Download',
	notOpen: 'Not open yet',
	removeShort: 'Delete',
	confirmRemove: (name: string) => `Delete ${quoted(name)}? It cannot be brought back.`,
	removed: (name: string) => `${quoted(name)} is deleted.`,
	failed: (why: string) => `The file could not be fetched. ${why}`,
	notRemoved: (why: string) => `The file is still there. ${why}`,
	cannotPlay: 'This browser cannot play the file. Download it instead.',
	speed: 'Speed',
	of: (name: string) => `of ${quoted(name)}`,
	times: (rate: number) => (rate === 1 ? 'Normal' : `${rate} times`),
	by: (who: 'james' | 'client', name: string) => (who === 'james' ? `from ${owner}` : `from ${name || 'you'}`),
	player: (name: string) => `Player of ${quoted(name)}`
};

export const upload = {
	title: 'Send files',
	choose: `Choose files for ${owner}`,
	for: (title: string) => `for ${quoted(title)}`,
	drop: 'or drop them here',
	dropNow: 'Drop the files here',
	chosen: (n: number) => `${count(n, 'file')} chosen.`,
	progress: (name: string) => `Progress of ${quoted(name)}`,
	spoken: (name: string, percent: number) => `${quoted(name)}: ${percent} per cent.`,
	soFar: (sent: string, total: string) => `${sent} of ${total}`,
	state: {
		queued: 'In line',
		sending: 'Sending',
		waiting: 'Trying again',
		paused: 'Paused',
		failed: 'Stopped',
		cancelled: 'Cancelled',
		done: 'Sent'
	},
	sent: (name: string) => `${quoted(name)} is with ${owner}.`,
	sentSeveral: (n: number) => `${count(n, 'file')} are with ${owner}.`,
	pause: 'Pause',
	pauseOf: (name: string) => `Pause ${quoted(name)}`,
	resume: 'Resume',
	resumeOf: (name: string) => `Resume ${quoted(name)}`,
	retry: 'Try again',
	retryOf: (name: string) => `Try ${quoted(name)} again`,
	cancelOf: (name: string) => `Cancel ${quoted(name)}`,
	cancelled: (name: string) => `${quoted(name)} is not sent.`,
	failed: (name: string, why: string) => `${quoted(name)} stopped. ${why}`
};
