package cli

import (
	"fmt"
	"strings"
)

// named is what a thing is called: by the program, by its title, and by a person who has to tell it from others.
type named struct{ id, title, full string }

// plainTitle is how titles are compared: pages show the quotes within a title as single ones, and keyboards have
// straight ones, so all are alike, as are capital and small letters.
func plainTitle(title string) string {
	return strings.ToLower(straightQuotes.Replace(title))
}

var straightQuotes = strings.NewReplacer("“", "'", "”", "'", "„", "'", "‘", "'", "’", "'", "«", "'", "»", "'", `"`, "'")

// find gives the one thing that is meant by its id, its title or a part of its title, in this order.
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
