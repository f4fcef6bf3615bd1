// The words of the listening room. They load with it; the words of the first pages are in $face/words.

import { words as shared } from '$face/words';

const { quoted } = shared;
const decibels = new Intl.NumberFormat('en-GB', { minimumFractionDigits: 1, maximumFractionDigits: 1 });

const signed = (n: number) => decibels.format(n).replace('-', '−');

export const words = {
	title: (title: string) => `Listen to ${quoted(title)}`,
	back: (project: string) => `Back to ${quoted(project)}`,
	nothing: 'There is nothing to listen to here yet.',
	cannotPlay: 'This browser cannot play the file. Download it from the project’s page instead.',
	player: (name: string, version: number) => `Player of version ${version}, ${quoted(name)}`,
	versions: 'Versions',
	version: (n: number) => `Version ${n}`,
	switchTo: (n: number) => `Switch to version ${n}`,
	marksOf: (n: number) => (n === 1 ? '1 mark' : `${n} marks`),
	speed: 'Speed',

	measured: (lufs: number, peakDb: number) => `Loudness ${signed(lufs)} LUFS, true peak ${signed(peakDb)} decibels`,
	levels: 'Play all versions equally loud',
	levelsHelp: 'The louder ones are turned down, and none is turned up.',
	turnedDown: (version: number, by: number) => `Version ${version}, turned down ${decibels.format(by)} decibels`,
	fixedVolume: (version: number, by: number) =>
		`Version ${version}. It is ${decibels.format(by)} decibels louder; this device keeps its own volume.`,

	steps: 'Move in the recording',
	back5: 'Back 5 seconds',
	on5: 'On 5 seconds',
	previous: 'Previous mark',
	next: 'Next mark',
	noNext: (at: string) => `There is no mark after ${at}.`,
	noPrevious: (at: string) => `There is no mark before ${at}.`,

	commentAt: (at: string) => `Comment at ${at}`,
	commentNow: 'Comment at this moment',
	form: {
		body: (at: string) => `Your comment at ${at}`,
		from: 'From',
		until: 'Until',
		untilHelp: 'Minutes and seconds, such as 1:12 or 1:12.5. Leave “until” empty for a single moment.',
		untilHere: (at: string) => `Set the end to ${at}`,
		untilNow: 'Set the end to this moment',
		send: 'Send',
		yours: 'your comment',
		noWords: 'Write something first.',
		noMoment: 'Write a moment in minutes and seconds, such as 1:12.',
		beyond: (end: string) => `The recording ends at ${end}. Name a moment before that.`,
		backwards: 'The end comes after the beginning. Leave it empty for a single moment.',
		failed: (why: string) => `Your comment was not sent; the words are kept here. ${why}`,
		sent: (at: string) => `Your comment at ${at} is sent.`
	},

	marks: (version: number, several: boolean) => (several ? `Marks on version ${version}` : 'Marks'),
	noMarks: 'Nobody has said anything about a moment of it yet.',
	at: (at: number, until: number, clock: (ms: number) => string) =>
		until ? `${clock(at)} to ${clock(until)}` : clock(at),
	line: (at: string, author: string, body: string) => `${at}, ${author}: ${body}`,
	playFrom: (at: string) => `Play from ${at}`,
	playStretch: (from: string, until: string) => `Play ${from} to ${until}`,
	repeating: (from: string, until: string) => `Stop repeating ${from} to ${until}`,
	repeats: (from: string, until: string) => `${from} to ${until} is repeated.`,
	repeatsNot: 'It is no longer repeated.',
	nothingToRepeat: 'No mark with an end is here to be repeated.',
	speak: 'Say the marks while the sound plays',

	keys: {
		open: 'Keys',
		title: 'Keys of the listening room',
		caption: 'What each key does',
		key: 'Key',
		does: 'What it does',
		list: [
			['Space', 'Plays and pauses'],
			['Left, right', 'Back and on 5 seconds'],
			['Comma, full stop', 'Back and on 1 second'],
			['C', 'Comments at this moment'],
			['N, P', 'Next and previous mark'],
			['L', 'Repeats the stretch of a mark, or stops repeating it'],
			['1 to 9', 'Switches to that version'],
			['?', 'Opens this list']
		] as [string, string][],
		on: 'Use these keys',
		help: 'They do nothing while you write. Every one of them is also a button or a link on the page.'
	}
};
