// The words of signing in.

import { owner } from './phrases';

export const signIn = {
	title: 'Sign in',
	ended: 'Your sign-in has ended. Anything you were writing is kept here.',
	untold:
		'You are signed out on this device, but the studio could not be told. If somebody else may have used this device, sign in later and choose “Sign out everywhere” in the settings.',
	lead: `Enter your email address, and a code comes to you. There is no password.`,
	email: 'Email address',
	emailHelp: `The one ${owner} writes to.`,
	emailMissing: 'Enter your email address, such as ana@example.com.',
	send: 'Send me a code',
	codeTitle: 'Enter your code',
	sent: (email: string) => `A code is on its way to ${email}. It works for 10 minutes.`,
	code: 'Code from the email',
	codeHelp: '8 digits. Spaces make no difference.',
	codeMissing: 'Enter the 8 digits from the email.',
	codeWrong:
		'That code does not work. Check the digits, or ask for a new code: only the newest one counts, and only for 10 minutes.',
	enter: 'Sign in',
	notCome: 'The code does not come?',
	notComeSteps: [
		'Mail can take a minute or two. Look among unwanted mail as well.',
		`Check the address above. It has to be the one that ${owner} knows you by.`,
		`If it still does not come, write to ${owner}.`
	],
	anew: 'Send a new code',
	sentAnew: 'A new code is on its way. Earlier codes may no longer work.',
	other: 'Use another email address',
	clerk: 'Continue with Clerk',
	clerkFailed: 'Signing in with Clerk did not work. Try again, or use a code by email.',
	or: 'or',
	tooMany: 'That was too many attempts. Wait three minutes, then ask for a new code.'
};
