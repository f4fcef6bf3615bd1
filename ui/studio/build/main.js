document.head.append(Object.assign(document.createElement('link'), { rel: 'stylesheet', href: '/_/extensions/studio/assets/main-Dy5b7TD2.css' }));
// What the dashboard runs of the Studio before it shows its first page; it is built into main.js, with the bundle's
// address. The dashboard takes new pages only until this script has run, and waits for nothing: so all of it happens at
// once.

const studio = import('/_/extensions/studio/assets/main-BcqcmeVx.js');

app.routes.superuserOnly('#/studio/{path...}', async ({ params }) => (await studio).page(params.path));
app.routes.fallbackPath = '#/studio';
app.store.headerLinks.unshift({ href: '#/studio', icon: 'ri-door-open-line', label: 'Studio' });

studio.then(({ mend, tellOfSignOut }) => {
	tellOfSignOut(app);
	mend(app);
});
