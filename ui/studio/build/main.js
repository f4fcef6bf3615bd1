document.head.append(Object.assign(document.createElement('link'), { rel: 'stylesheet', href: '/_/extensions/studio/assets/main-Dy5b7TD2.css' }));
// Registers the Studio before the dashboard shows its first page. It is built into main.js, with the bundle's address.
// The dashboard accepts new pages only while this script runs, and does not wait for promises, so everything happens
// synchronously.

const studio = import('/_/extensions/studio/assets/main-D77vF-Bp.js');

app.routes.superuserOnly('#/studio/{path...}', async ({ params }) => (await studio).page(params.path));
app.routes.fallbackPath = '#/studio';
app.store.headerLinks.unshift({ href: '#/studio', icon: 'ri-door-open-line', label: 'Studio' });

studio.then(({ mend, tellOfSignOut }) => {
	tellOfSignOut(app);
	mend(app);
});
