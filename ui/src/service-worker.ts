/// <reference types="@sveltejs/kit" />
/// <reference lib="webworker" />

// Caches the portal's own files, so that it opens without a network. The data that it then shows is stored by
// src/face/memory.ts; the server's answers do not pass through here.

import { build, files, version } from '$service-worker';

const worker = self as unknown as ServiceWorkerGlobalScope;
const shell = `greenroom-shell-${version}`;
const page = '/';

worker.addEventListener('install', (event) => {
	event.waitUntil(
		caches
			.open(shell)
			.then((cache) => cache.addAll([page, ...build, ...files.filter((name) => !name.endsWith('.png'))]))
			.then(() => worker.skipWaiting())
	);
});

worker.addEventListener('activate', (event) => {
	const old = (name: string) => name.startsWith('greenroom-shell-') && name !== shell;
	event.waitUntil(
		caches
			.keys()
			.then((names) => Promise.all(names.filter(old).map((name) => caches.delete(name))))
			.then(() => worker.clients.claim())
	);
});

worker.addEventListener('fetch', (event) => {
	const { request } = event;
	const { origin, pathname } = new URL(request.url);
	if (
		request.method !== 'GET' ||
		origin !== location.origin ||
		pathname.startsWith('/api/') ||
		pathname.startsWith('/_/')
	)
		return;
	if (request.mode === 'navigate') {
		event.respondWith(navigate(request));
	} else if (build.includes(pathname) || files.includes(pathname)) {
		event.respondWith(caches.match(request, { ignoreVary: true }).then((kept) => kept ?? fetch(request)));
	}
});

// Without an answer from the studio itself the portal opens from the cache: offline, behind a proxy whose server
// restarts, or when a train's or hotel's network answers instead.
async function navigate(request: Request): Promise<Response> {
	const answer = await fetch(request).catch(() => undefined);
	if (answer && (await isOurs(answer))) return answer;
	return (await caches.match(page, { ignoreVary: true })) ?? answer ?? Response.error();
}

async function isOurs(answer: Response): Promise<boolean> {
	if (answer.status >= 500) return false;
	const isPage = answer.ok && (answer.headers.get('Content-Type') ?? '').startsWith('text/html');
	return !isPage || (await answer.clone().text()).includes('id="studio"'); // marks the studio's own page; see src/app.html
}
