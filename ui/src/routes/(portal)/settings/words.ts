// The words of the settings. They load with that page; the words of the first pages are in $face/words.

import { studio } from '$face/studio';

const { owner } = studio;

export const account = {
	title: 'Settings',
	you: 'You',
	name: 'Your name',
	yourName: 'your name',
	nameHelp: `This is how ${owner} sees you, and how your comments are signed.`,
	nameMissing: 'Enter your name.',
	email: (email: string) => `You sign in as ${email}. ${owner} keeps the address.`,
	saved: 'Your name is saved.',
	notSaved: (why: string) => `Your name stays as it was. ${why}`,
	calendar: 'Your calendar',
	feedLead: 'A private address that shows your meetings in any calendar that can subscribe: Apple, Google, Outlook.',
	feedMake: 'Make my calendar address',
	feedRenew: 'Make a new calendar address',
	feedRevoke: 'Switch the calendar address off',
	feedHas:
		'You have a calendar address. It is shown only when it is made; make a new one to see it, and the old one stops working.',
	feedMade: 'Your calendar address is ready. Copy it into your calendar; it is not shown again.',
	feedAddress: 'Your calendar address',
	feedCopy: 'Copy the calendar address',
	feedCopied: 'The calendar address is copied.',
	feedNotCopied: 'The browser does not copy it. The address is selected: copy it with the keyboard.',
	feedRevoked: 'The calendar address no longer works.',
	feedFailed: (why: string) => `The calendar address could not be changed. ${why}`,
	data: 'Your data',
	dataLead:
		'Everything the studio keeps about you, as one file of data. Your files are not in it: for each it names an address that gives you the file while you are signed in. To keep the files themselves, open a project and download all of it.',
	export: 'Download my data',
	exported: 'Your data is in your downloads.',
	exportFailed: (why: string) => `Your data could not be fetched. ${why}`,
	signOut: 'Signing out',
	here: 'Sign out',
	hereLead: 'Ends your sign-in on this device. Drafts and pages that it has kept are removed from it.',
	everywhere: 'Sign out everywhere',
	everywhereLead: 'Ends your sign-in on every phone and computer, this one too.',
	signOutFailed: (why: string) => `You are still signed in. ${why}`
};

export const mail = {
	title: 'Mail',
	lead: `When ${owner} adds notes, answers you, delivers something or asks for something, you can hear of it by mail.`,
	which: 'Which mail you get',
	choices: [
		['each', 'A mail for each piece of news'],
		['daily', 'One mail a day'],
		['none', 'No mail about my projects']
	] as const,
	hour: 'At what hour the daily mail comes',
	zone: 'Whose clock that goes by',
	zoneHelp: 'No mail comes between 21:00 and 08:00 but a daily one.',
	place: (zone: string) => (zone.split('/').pop() ?? zone).replaceAll('_', ' '),
	yourChoice: 'which mail you get',
	saved: 'Your choice is saved.',
	notSaved: (why: string) => `Your mail stays as it was. ${why}`
};
