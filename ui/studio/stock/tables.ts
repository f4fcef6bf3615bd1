// Tables of records and logs: headers that sort and show it, and rows that are named and opened by one button each.

import { titlesOf, type Stock } from './app';
import { text, type Rule } from './rules';

const rowOf = (element: Element) => element.closest('tr')!;

export function tables(app: Stock): Rule[] {
	// A client without a name is identified by the email, and a log entry by its message.
	function titleOf(row: Element): Element | undefined {
		const cells = titlesOf(app.store.activeCollection).map((name) => row.querySelector(`td[data-name="${name}"]`));
		return [...cells, row.querySelector('.col-field-name-message .content-primary')].find(text) ?? undefined;
	}
	const nameOf = (row: Element) => (text(titleOf(row)) ?? '').slice(0, 100);

	return [
		{ at: '.records-table', give: { 'aria-label': () => app.store.activeCollection?.name } },
		{ at: '.logs-table', give: { 'aria-label': 'Logs' } },

		{
			at: 'th.sort-handle',
			give: {
				'aria-sort': ({ classList }) =>
					classList.contains('asc') ? 'ascending' : classList.contains('desc') ? 'descending' : 'none'
			}
		},
		{ at: 'th.sort-handle > div', give: { role: 'button', tabindex: '0' } },
		{ at: 'th.col-bulk-select input', give: { 'aria-label': 'Select all' } },

		{ at: 'td.col-bulk-select input', give: { 'aria-label': (box) => `Select ${nameOf(rowOf(box))}` } },
		{
			at: '.records-table td[data-name]',
			give: { role: (cell) => (cell === titleOf(rowOf(cell)) ? 'rowheader' : null) }
		},
		{
			at: 'td .copy-to-clipboard',
			give: {
				'aria-label': (button) =>
					`Copy ${button.closest('td')!.dataset.name ?? text(rowOf(button).querySelector('th'))}`
			}
		},

		{ at: 'tr.handle', give: { role: null, tabindex: '-1' } },
		{
			at: 'tr.handle > .col-meta > i',
			give: {
				role: 'button',
				tabindex: '0',
				'aria-hidden': null,
				'aria-label': (arrow) => `Open ${nameOf(rowOf(arrow))}`
			}
		},
		{ at: 'thead .col-meta:empty', give: { role: 'none' } } // above the buttons that open rows
	];
}
