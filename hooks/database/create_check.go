package database

import (
	"database/sql/driver"
	"slices"
	"strings"
)

// PocketBase checks a create rule against a table that exists in the check's own statement alone:
//
//	WITH `comments__pb_create__k3h9d2` as (SELECT ? AS `body`,? AS `session`) SELECT (1) FROM `comments__pb_create__k3h9d2` …
//
// Its name is new each time and its columns come in any order, so no kept statement would ever be found again, and
// parsing and planning the rule costs more than answering it. sameEachTime gives the text with one name and one order,
// and the values to match; any other text as it is.
func sameEachTime(text string, args []driver.NamedValue) (string, []driver.NamedValue) {
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
