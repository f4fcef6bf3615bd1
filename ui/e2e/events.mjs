// Waits for events, never for time to pass: each wait ends with its event, or at its deadline with an error that says
// what did not happen.

// Returns the promise's value, or fails after so many seconds.
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

// Subscribes to the live topic and collects its messages, in order.
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

	// Returns the first message from now on with this action and collection. Call it before what causes the message.
	next(action, collection) {
		let look;
		const found = new Promise((resolve) => {
			look = (message) => message.action === action && message.collection === collection && resolve(message);
			this.#waiting.add(look);
		});
		const promise = within(60, found, `the live message “${action} ${collection}”`).finally(() =>
			this.#waiting.delete(look)
		);
		promise.catch(() => {}); // prevents an unhandled rejection before the caller awaits it
		return promise;
	}
}
