// Waiting for what is announced, never for time to pass: each wait ends with its event or, at its deadline, with an
// error that says what did not happen.

// within gives the promise's value, or fails after so many seconds.
export async function within(seconds, promise, what) {
	let timer;
	const late = new Promise((_, reject) => {
		timer = setTimeout(() => reject(new Error(`${what} did not happen within ${seconds} s`)), seconds * 1000);
	});
	try {
		return await Promise.race([promise, late]);
	} finally {
		clearTimeout(timer);
	}
}

// listen subscribes to the live topic and collects what is heard, in order.
export async function listen(pb, options) {
	const line = new Line();
	await pb.realtime.subscribe('portal', (message) => line.hear(message), options);
	return line;
}

class Line {
	heard = [];
	#waiting = new Set();

	hear(message) {
		this.heard.push(message);
		for (const look of this.#waiting) look(message);
	}

	// next is the first message from now on of this action and collection. Ask before doing what causes it.
	next(action, collection) {
		let look;
		const found = new Promise((resolve) => {
			look = (message) => message.action === action && message.collection === collection && resolve(message);
			this.#waiting.add(look);
		});
		const promise = within(60, found, `the live message “${action} ${collection}”`).finally(() =>
			this.#waiting.delete(look)
		);
		promise.catch(() => {}); // it may fail before anybody awaits it; who does still sees it
		return promise;
	}
}
