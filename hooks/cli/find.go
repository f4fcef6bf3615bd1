package cli

import (
	"fmt"
	"strings"
)

// named has the names of a thing: its id, its title, and the text by which a person can tell it from others.
type named struct{ id, title, full string }

// plainTitle normalises a title for comparison. Pages replace quotes within a title by single ones and keyboards have
// straight ones, so all quotes are equal, and so are upper and lower case.
func plainTitle(title string) string {
	return strings.ToLower(straightQuotes.Replace(title))
}

var straightQuotes = strings.NewReplacer("“", "'", "”", "'", "„", "'", "‘", "'", "’", "'", "«", "'", "»", "'", `"`, "'")

// find returns the one thing whose id, title, or part of the title is what, tried in this order.
func find[T any](kind string, all []T, what string, name func(T) named) (meant T, err error) {
	what = strings.TrimSpace(what)
	part := plainTitle(what)
	for _, is := range []func(n named) bool{
		func(n named) bool { return n.id == what },
		func(n named) bool { return plainTitle(n.title) == part },
		func(n named) bool { return part != "" && strings.Contains(plainTitle(n.title), part) },
	} {
		var found []T
		var names []string
		for _, thing := range all {
			if n := name(thing); is(n) {
				found = append(found, thing)
				names = append(names, n.full+" (id "+n.id+")")
			}
		}
		switch len(found) {
		case 0:
			continue
		case 1:
			return found[0], nil
		}
		return meant, fmt.Errorf("%q fits %d %ss, so give more of the title or the id: %s", what, len(found), kind, strings.Join(names, "; "))
	}
	return meant, fmt.Errorf("no %s has the id %q or a title with it", kind, what)
}
