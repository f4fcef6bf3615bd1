// Switches from one player to another at the same place, without a gap.

const patience = 20_000; // milliseconds

function soon(player: HTMLAudioElement, event: string): Promise<void> {
	return new Promise((resolve, reject) => {
		const done = () => {
			clearTimeout(timer);
			resolve();
		};
		const timer = setTimeout(() => {
			player.removeEventListener(event, done);
			reject(new Error(`no ${event}`));
		}, patience);
		player.addEventListener(event, done, { once: true });
	});
}

/** Waits until a player knows the length of its recording. */
export async function loaded(player: HTMLAudioElement): Promise<void> {
	if (player.readyState === 0) await soon(player, 'loadedmetadata');
}

/** Moves a player to a place, and waits until it can play from there. */
export async function moveTo(player: HTMLAudioElement, seconds: number): Promise<void> {
	const to = Number.isFinite(player.duration) ? Math.min(seconds, player.duration) : seconds;
	if (Math.abs(player.currentTime - to) < 0.001 && !player.seeking) return;
	const seeked = soon(player, 'seeked');
	player.currentTime = to;
	await seeked;
	if (player.readyState < HTMLMediaElement.HAVE_FUTURE_DATA && to < player.duration) await soon(player, 'canplay');
}

const startMs = 15; // from the call of play() to the first sound

/** Positions the other player where this one will be in a moment, and starts it when this one gets there. */
export async function switchOver(from: HTMLAudioElement, to: HTMLAudioElement): Promise<void> {
	const rate = from.playbackRate;
	const left = (seconds: number) => ((seconds - from.currentTime) / rate) * 1000 - startMs; // milliseconds
	let aim = from.currentTime;
	for (let leadMs = 120; leadMs < patience; leadMs *= 3) {
		aim = from.currentTime + (leadMs / 1000) * rate;
		await moveTo(to, aim);
		if (from.paused) return moveTo(to, from.currentTime);
		if (left(aim) >= 0) break;
	}
	for (let ms = left(aim); ms > 0 && !from.paused; ms = left(aim))
		await new Promise((done) => setTimeout(done, Math.max(1, ms - 4)));
	if (from.paused) return moveTo(to, from.currentTime);
	if (aim < to.duration) await to.play();
}
