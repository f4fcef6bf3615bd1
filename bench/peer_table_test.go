package main

import (
	"slices"
	"strings"
	"testing"
)

// A ratio says how many times better Greenroom is, whether larger or smaller values are better.
func TestRatiosSayHowManyTimesBetter(t *testing.T) {
	for name, c := range map[string]struct {
		more         bool
		ours, theirs []float64
		want         float64
	}{
		"requests per second":          {true, []float64{1000, 2000, 3000}, []float64{100, 100, 100}, 20},
		"milliseconds":                 {false, []float64{10, 10, 10}, []float64{20, 50, 30}, 3},
		"worse is less than one":       {true, []float64{50}, []float64{100}, 0.5},
		"one turn of a noisy machine":  {false, []float64{1, 100, 1}, []float64{5, 5, 5}, 5},
		"a side that had fewer rounds": {true, []float64{8, 8, 8}, []float64{4}, 2},
	} {
		t.Run(name, func(t *testing.T) {
			m := newMeasure(name, "", c.more)
			m.runs[0], m.runs[1] = c.ours, c.theirs
			if got := m.times()[0]; got != c.want {
				t.Errorf("%v times better, not %v", got, c.want)
			}
		})
	}
}

func TestMissingFigureIsADash(t *testing.T) {
	m := newMeasure("disk", "MB", false)
	m.runs[0], m.runs[1] = []float64{50}, []float64{200}
	if _, row := m.figure(); !slices.Equal(row, []string{"disk, MB", "50.0", "200", "-", "4.00", "-"}) {
		t.Errorf("the row is %q", row)
	}
}

func TestTheWorstFigureOfATargetCounts(t *testing.T) {
	fast, slow := atLeast("page", 12, 10, "")[0], atLeast("page", 9, 10, "")[0]
	if !fast.Met || slow.Met || !slow.worseThan(fast) || fast.worseThan(slow) {
		t.Error("of what has to be at least so much, the least is not the worst")
	}
	short, long := atMost("wait", 2, 3, "")[0], atMost("wait", 4, 3, "")[0]
	if !short.Met || long.Met || !long.worseThan(short) || short.worseThan(long) {
		t.Error("of what has to be at most so much, the most is not the worst")
	}
}

func TestMarkdownLinesUp(t *testing.T) {
	lines := strings.Split((&table{title: "Cost:", head: []string{"", "ms"}, rows: [][]string{{"page", "1.50"}, {"café", "12,000"}}}).markdown(), "\n")
	want := []string{"Cost:", "", "|      |     ms |", "| ---- | -----: |", "| page |   1.50 |", "| café | 12,000 |", ""}
	if !slices.Equal(lines, want) {
		t.Errorf("got %q", lines)
	}
}

// The last comment of each thread is marked, which the queries for unanswered threads need.
func TestTheLastCommentOfEachThreadIsMarked(t *testing.T) {
	comments := []map[string]string{{"sessionId": "a"}, {"goalId": "b"}, {"sessionId": "a"}, {"milestoneId": "c"}}
	markLast(comments)
	for i, want := range []bool{false, true, true, true} {
		if (comments[i]["last"] != "") != want {
			t.Errorf("comment %d: marked %v, not %v", i, !want, want)
		}
	}
}
