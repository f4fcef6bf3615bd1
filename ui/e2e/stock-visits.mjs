// The stock dashboard's pages and panels that are examined. Each opens its page, and may do something there.

const collection = (name) => `/_/#/collections?collection=${name}`;
const ready = (page, name) => page.locator('[aria-level="1"]').filter({ hasText: name }).waitFor();

export const openRecord = async (page, name) => {
	const button = page.getByRole('button', { name: new RegExp(`^Open .*${name}`) }).first();
	await button.waitFor();
	await button.press('Enter');
	await page.getByRole('dialog').waitFor();
};

const press = (name) => async (page) => {
	await page.getByRole('button', { name, exact: true }).first().press('Enter');
	await page.getByRole('dialog').last().waitFor();
};

const settingsOf = (part) => async (page) => {
	await press('Collection settings')(page);
	await page.getByRole('dialog').getByRole('button', { name: part, exact: true }).press('Enter');
};

export const visits = [
	{ name: 'sign-in', path: '/_/#/login', heading: 'Superuser login', guest: true },
	{
		name: 'forgotten password',
		path: '/_/#/request-password-reset',
		heading: 'Forgotten superuser password',
		guest: true
	},
	{ name: 'clients', path: collection('clients'), heading: 'clients', rows: true },
	{ name: 'projects', path: collection('projects'), heading: 'projects', rows: true },
	{ name: 'comments', path: collection('comments'), heading: 'comments', rows: true },
	{ name: 'collections overview', path: collection('clients'), heading: 'clients', act: press('Collections overview') },
	{ name: 'new client', path: collection('clients'), heading: 'clients', act: press('New record') },
	{ name: 'new project', path: collection('projects'), heading: 'projects', act: press('New record') },
	{ name: 'client', path: collection('clients'), heading: 'clients', act: (page) => openRecord(page, 'Mara') },
	{ name: 'project', path: collection('projects'), heading: 'projects', act: (page) => openRecord(page, 'Slow Thaw') },
	{ name: 'attachment', path: collection('attachments'), heading: 'attachments', act: (page) => openRecord(page, '') },
	{
		name: 'records picker',
		path: collection('projects'),
		heading: 'projects',
		async act(page) {
			await press('New record')(page);
			await press('Open records picker for client')(page);
			await page.locator('[role="dialog"]').nth(1).waitFor();
		}
	},
	{ name: 'collection settings: fields', path: collection('projects'), heading: 'projects', act: settingsOf('Fields') },
	{ name: 'collection settings: rules', path: collection('clients'), heading: 'clients', act: settingsOf('API rules') },
	{ name: 'collection settings: options', path: collection('clients'), heading: 'clients', act: settingsOf('Options') },
	{ name: 'application', path: '/_/#/settings', heading: 'Application' },
	{ name: 'mail', path: '/_/#/settings/mail', heading: 'Mail settings' },
	{ name: 'storage', path: '/_/#/settings/storage', heading: 'storage' },
	{ name: 'backups', path: '/_/#/settings/backups', heading: 'Backups' },
	{ name: 'crons', path: '/_/#/settings/crons', heading: 'Crons' },
	{ name: 'export', path: '/_/#/settings/export-collections', heading: 'Export collections' },
	{ name: 'import', path: '/_/#/settings/import-collections', heading: 'Import collections' },
	{ name: 'SQL console', path: '/_/#/settings/sql', heading: 'SQL console' },
	{ name: 'logs', path: '/_/#/logs', heading: 'Logs', rows: true },
	{ name: 'log', path: '/_/#/logs', heading: 'Logs', act: (page) => openRecord(page, '') }
];

/**
 * Opens a page, and returns when its content is there and corrected, and nothing is asked of the server any more.
 *
 * @param {import('playwright-core').Page} page
 * @param {{ path: string, heading: string | RegExp, rows?: boolean, act?: (page: import('playwright-core').Page) => unknown }} place
 */
export async function visit(page, { path, heading, rows, act }) {
	const asked = new Set();
	const begin = (request) => request.resourceType() !== 'eventsource' && asked.add(request);
	const end = (request) => asked.delete(request);
	page.on('request', begin).on('requestfinished', end).on('requestfailed', end);
	try {
		await page.goto(path);
		await ready(page, heading);
		if (rows)
			await page
				.getByRole('button', { name: /^Open / })
				.first()
				.waitFor();
		await act?.(page);
		do await settled(page);
		while (asked.size);
	} finally {
		page.off('request', begin).off('requestfinished', end).off('requestfailed', end);
	}
}

/** Waits until the page has neither changed nor moved for a while. */
const settled = (page) =>
	page.evaluate(
		() =>
			new Promise((resolve) => {
				const quiet = 250; // milliseconds
				let timer = setTimeout(done, quiet);
				const observer = new MutationObserver(() => {
					clearTimeout(timer);
					timer = setTimeout(done, quiet);
				});
				observer.observe(document, { subtree: true, childList: true, attributes: true });
				async function done() {
					observer.disconnect();
					await Promise.all(
						document
							.getAnimations()
							.filter(({ effect }) => effect.getComputedTiming().iterations !== Infinity)
							.map(({ finished }) => finished.catch(() => {}))
					);
					resolve();
				}
			})
	);
