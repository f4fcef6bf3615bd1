// The demo studio, which most tests use: its server, a browser, the client Mara, and the owner.

import PocketBase from 'pocketbase';

import { launch, signIn, signInOwner } from './browser.mjs';
import { startStripe } from './stripe.mjs';
import { demoOwner, startStudio } from './studio.mjs';

/**
 * Returns the SDK with a sign-in.
 *
 * @param {{ url: string }} studio
 * @param {{ token: string, record: any }} signIn
 */
export function sdkAs(studio, { token, record }) {
	const pb = new PocketBase(studio.url).autoCancellation(false);
	pb.authStore.save(token, record);
	return pb;
}

/**
 * Starts everything, until stop(). `mara` and `owner` are sign-ins as a browser stores them, `james` is the owner's SDK,
 * and `album` is Mara's project; `stripe` is present if it was requested.
 *
 * @param {{ money?: boolean, env?: Record<string, string> }} [options]
 */
export async function openDemo({ money = false, env = {} } = {}) {
	const ends = [];
	const stop = async () => {
		for (const end of ends.splice(0).reverse()) await end();
	};
	try {
		const stripe = money ? await startStripe() : undefined;
		ends.push(() => stripe?.stop());
		const studio = await startStudio({ demo: true, env: { ...stripe?.env, ...env } });
		ends.push(() => studio.stop());
		const browser = await launch();
		ends.push(() => browser.close());
		const [mara, owner] = await Promise.all([signIn(studio, 'mara@example.com'), signInOwner(studio, demoOwner)]);
		const james = sdkAs(studio, owner);
		const album = await james.collection('projects').getFirstListItem("title ~ 'Slow Thaw'");
		return { stripe, studio, browser, mara, owner, james, album, stop };
	} catch (mistake) {
		await stop();
		throw mistake;
	}
}
