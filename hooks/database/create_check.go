package database

import (
	"database/sql/driver"
	"slices"
	"strings"
)

// PocketBase checks a create rule with a table that exists only in the check's own statement:
//
//	WITH `comments__pb_create__k3h9d2` as (SELECT ? AS `body`,? AS `session`) SELECT (1) FROM `comments__pb_create__k3h9d2` …
//
// The table's name is random and its columns come in any order, so that no cached statement would ever match, although
// parsing and planning the rule costs more than running it. normalizeCreateCheck returns the statement with a fixed
// name and sorted columns, and the arguments in the same order. Other statements are returned unchanged.
func normalizeCreateCheck(text string, args []driver.NamedValue) (string, []driver.NamedValue) {
	const opening, mark, begins = "WITH `", "__pb_create__", "` as (SELECT "
	if !strings.HasPrefix(text, opening) {
		return text, args
	}
	name, rest, ok := strings.Cut(text[len(opening):], begins)
	collection, random, isCheck := strings.Cut(name, mark)
	list, rest, closed := strings.Cut(rest, ")")
	columns := strings.Split(list, ",")
	if !ok || !isCheck || !closed || random == "" || len(columns) > len(args) {
		return text, args
	}
	for _, column := range columns {
		if !strings.HasPrefix(column, "? AS `") {
			return text, args
		}
	}
	order := make([]int, len(columns))
	for i := range order {
		order[i] = i
	}
	slices.SortFunc(order, func(a, b int) int { return strings.Compare(columns[a], columns[b]) })
	sorted, values := make([]string, len(columns)), slices.Clone(args)
	for to, from := range order {
		sorted[to], values[to] = columns[from], args[from]
		values[to].Ordinal = to + 1
	}
	return opening + collection + mark + begins + strings.Join(sorted, ",") + ")" + strings.ReplaceAll(rest, mark+random, mark), values
}
