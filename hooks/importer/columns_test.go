package importer

import "testing"

func TestNumbers(t *testing.T) {
	for _, c := range []struct {
		column, text string
		want         int64
		problem      bool
	}{
		{"sortOrder", "", 0, false}, {"sortOrder", "3", 3, false}, {"sortOrder", "-1", -1, false}, {"sortOrder", "-2", -2, false},
		{"durationMin", "44.5", 45, false}, {"durationMin", "-1", 0, true}, {"size", "many", 0, true}, {"size", "NaN", 0, true},
		{"size", "1e300", 0, true}, {"sortOrder", "-Infinity", 0, true}, {"size", "4294967296", 4294967296, false},
	} {
		conversion := &converter{out: &conversion{}}
		got := conversion.number(row{&table{name: "Old", columns: map[string]int{c.column: 0}}, []string{c.text}}, c.column)
		if problem := len(conversion.out.problems) > 0; got != c.want || problem != c.problem {
			t.Errorf("%s %q is %d with the problems %q", c.column, c.text, got, conversion.out.problems)
		}
	}
}
