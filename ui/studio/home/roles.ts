// Roles of tables. On a narrow screen the cells are displayed below each other, and elements that are not displayed as
// a table lose their roles unless these are given explicitly.

export const roles = {
	table: { role: 'table' },
	rowgroup: { role: 'rowgroup' },
	row: { role: 'row' },
	columnheader: { role: 'columnheader' },
	rowheader: { role: 'rowheader' },
	cell: { role: 'cell' }
} as const;
