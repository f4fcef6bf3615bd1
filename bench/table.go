package main

import (
	"slices"
	"strings"
)

// table is a table for a document.
type table struct {
	title string
	head  []string
	rows  [][]string
}

// markdown formats the table with aligned columns, because it is also read as text.
func (t table) markdown() string {
	widths := make([]int, len(t.head))
	for _, row := range append([][]string{t.head}, t.rows...) {
		for i, cell := range row {
			widths[i] = max(widths[i], len([]rune(cell)))
		}
	}
	var out strings.Builder
	line := func(cells []string, filler string) {
		for i, cell := range cells {
			gap := strings.Repeat(filler, widths[i]-len([]rune(cell)))
			if i == 0 {
				out.WriteString("| " + cell + gap)
			} else {
				out.WriteString(" | " + gap + cell)
			}
		}
		out.WriteString(" |\n")
	}
	out.WriteString(t.title + "\n\n")
	line(t.head, " ")
	rule := slices.Repeat([]string{"-:"}, len(t.head)) // numbers are aligned to the right
	rule[0] = "-"
	line(rule, "-")
	for _, row := range t.rows {
		line(row, " ")
	}
	return out.String()
}
