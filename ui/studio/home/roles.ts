// On a narrow screen the cells of a table stand below each other, and elements that are not shown as a table are none
// to a screen reader unless they say so.

export const roles = {
	table: { role: 'table' },
	rowgroup: { role: 'rowgroup' },
	row: { role: 'row' },
	columnheader: { role: 'columnheader' },
	rowheader: { role: 'rowheader' },
	cell: { role: 'cell' }
} as const;
