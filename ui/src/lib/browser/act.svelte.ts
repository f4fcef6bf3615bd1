// Runs a button's request: once at a time however often it is pressed, with a sentence if it fails.

import { sentenceOf } from '$lib/text/sentence';

export class Act {
	busy = $state(false);
	fault = $state('');

	constructor(
		private act: () => Promise<unknown>,
		private notDone = (why: string) => why
	) {}

	run = async (): Promise<void> => {
		if (this.busy) return;
		this.busy = true;
		this.fault = '';
		try {
			await this.act();
		} catch (failure) {
			this.fault = this.notDone(sentenceOf(failure));
		} finally {
			this.busy = false;
		}
	};
}
