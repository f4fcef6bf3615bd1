// Landmarks and headings: a banner, named navigations, one main landmark that contains only the page, and one heading
// of level 1, the last crumb of the page's path.

import type { Rule } from './rules';

const named = (name: string) => ({ 'aria-label': name });
const nothing = { role: 'none' }; // for an element that is a landmark by its tag, with no content of interest

export const structure: Rule[] = [
	{ at: '.app-main-nav', give: named('Main') },
	{ at: '.header-link.active', give: { 'aria-current': 'page' } },
	{ at: '.header-link:not(.active)', give: { 'aria-current': null } },
	{ at: '.app-header .logo', give: named('Home') },

	{ at: '.page-sidebar, .actions', give: nothing },
	{ at: '.sidebar-search', give: { role: 'search' } },
	{ at: '.collections-sidebar nav', give: named('Collections') },
	{ at: '.settings-sidebar nav', give: named('Settings') },
	{ at: '.nav-item.active', give: { 'aria-current': 'page' } },
	{ at: '.nav-item:not(.active)', give: { 'aria-current': null } },

	{ at: '.app > .page > .page-content, .app > .wrapper', give: { role: 'main' } },
	{ at: '.app > .studio:not(:has(main))', give: { role: 'main' } },
	{ at: '.logs-chart-container', give: { role: 'region', 'aria-label': 'Chart of the logs' } },
	{ at: '.page-header, .page-footer, .app > .wrapper > header, .modal header, .modal footer', give: nothing },
	{ at: '.page-header .breadcrumbs', give: nothing },

	{ at: '.breadcrumbs > :last-child', give: { role: 'heading', 'aria-level': '1' } },
	{ at: '.breadcrumbs > :not(:last-child)', give: { role: null, 'aria-level': null } },
	{ at: '.app > .wrapper > header :is(h4, h5, h6)', give: { 'aria-level': '1' } },
	{ at: '.page-content :is(h4, h5, h6)', give: { 'aria-level': '2' } },
	{ at: '.modal :is(h4, h5, h6)', give: { 'aria-level': '2' } },

	{ at: '.tabs-header', give: named('Parts') },
	{ at: '.tab-item.active', give: { 'aria-current': 'true' } },
	{ at: '.tab-item:not(.active)', give: { 'aria-current': null } }
];
