package portal_test

import (
	"encoding/base64"
	"fmt"
	"net/url"
	"reflect"
	"strings"
	"testing"
	"time"

	"greenroom/hooks/testkit"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/security"
)

func duration(hours float64) time.Duration { return time.Duration(hours * float64(time.Hour)) }

// booking creates a booking of Ana's that lasts an hour and starts so far from now.
func (r *room) booking(title string, starts time.Duration, more ...fields) *core.Record {
	r.T.Helper()
	return r.With("bookings", fields{"client": r.Ana.Id, "calendarEventId": security.RandomString(20), "title": title,
		"startTime": testkit.Away(starts), "endTime": testkit.Away(starts + time.Hour)}, more...)
}

// clear deletes all records of a collection.
func (r *room) clear(collection string) {
	r.T.Helper()
	r.Exec("DELETE FROM {{"+collection+"}}", nil)
}

func TestBookings(t *testing.T) {
	r := newRoom(t)
	want := fields{"upcoming": []any{}, "past": []any{}, "nextCursor": ""}
	if got := r.Page("bookings"); !reflect.DeepEqual(got, want) {
		t.Errorf("no bookings are %v", got)
	}
	later := r.booking("later", 50*time.Hour)
	old := r.booking("old", -50*time.Hour)
	sooner := r.booking("sooner", 2*time.Hour, fields{"cancelledAt": testkit.Away(-time.Hour), "meetUrl": "https://meet.example.com/<a>&b"})
	now := r.booking("now", -time.Hour/2)
	recent := r.booking("recent", -2*time.Hour)
	r.booking("Ben's", time.Hour, fields{"client": r.Ben.Id})
	r.booking("Ben's", -time.Hour, fields{"client": r.Ben.Id})

	want = fields{
		"upcoming": []any{r.Record(now), r.Record(sooner), r.Record(later)},
		"past":     []any{r.Record(recent), r.Record(old)}, "nextCursor": "",
	}
	got := r.Page("bookings")
	if !reflect.DeepEqual(got, want) {
		t.Errorf("the bookings are\n%v, not\n%v", got, want)
	}
	testkit.EachText(got, "", rfc3339(t))
}

// 25 past bookings, some of them with the same start, are read in pages while new ones are added.
func TestPastBookingsInPages(t *testing.T) {
	r := newRoom(t)
	start := time.Now().UTC().Add(-100 * time.Hour).Truncate(time.Second)
	past := func(title string, at time.Time, more ...fields) {
		r.booking(title, 0, append(more, fields{"startTime": at, "endTime": at.Add(time.Hour)})...)
	}
	for i := range 25 { // 0 to 24, latest first; 8 to 13 start together, across the end of the first page
		at := start.Add(-time.Duration(i) * time.Hour)
		if i >= 8 && i <= 13 {
			at = start.Add(-8 * time.Hour)
		}
		past(fmt.Sprint(i), at)
	}
	past("Ben's", start.Add(-9*time.Hour), fields{"client": r.Ben.Id})

	cursor, seen := "", map[string]int{}
	for page, size := range []int{10, 10, 5} {
		got := r.Page("bookings?cursor=" + url.QueryEscape(cursor))
		elements := testkit.List(t, got, "past")
		if len(elements) != size {
			t.Errorf("page %d has %d bookings, not %d: %s", page, len(elements), size, testkit.Titles(t, got, "past"))
		}
		last := ""
		for _, booking := range elements {
			seen[booking["title"].(string)]++
			if at := booking["startTime"].(string); last != "" && at > last {
				t.Errorf("page %d is out of order: %s", page, testkit.Titles(t, got, "past"))
			} else {
				last = at
			}
		}
		cursor = got["nextCursor"].(string)
		if more := cursor != ""; more != (page < 2) {
			t.Errorf("page %d says there is more: %v", page, more)
		}
		past(fmt.Sprint("new ", page), start.Add(time.Hour)) // before the part that was read
	}
	for i := range 25 {
		if times := seen[fmt.Sprint(i)]; times != 1 {
			t.Errorf("booking %d came %d times", i, times)
		}
	}
	if len(seen) != 25 {
		t.Errorf("what came is %v", seen)
	}
}

// A full page without further bookings has no cursor.
func TestFullPageWithoutMore(t *testing.T) {
	r := newRoom(t)
	for i := range 10 {
		r.booking(fmt.Sprint(i), -time.Duration(i+2)*time.Hour)
	}
	if got := r.Page("bookings"); len(testkit.List(t, got, "past")) != 10 || got["nextCursor"] != "" {
		t.Errorf("%d bookings and %q", len(testkit.List(t, got, "past")), got["nextCursor"])
	}
}

// Another client's cursor shows only one's own bookings.
func TestCursorOfAnotherClient(t *testing.T) {
	r := newRoom(t)
	for i := range 12 {
		r.booking("Ben's", -time.Duration(i+2)*time.Hour, fields{"client": r.Ben.Id})
	}
	r.booking("Ana's", -1000*time.Hour)
	bens := r.Do("GET", "/api/portal/bookings", r.BenToken, nil).JSON()["nextCursor"].(string)
	if got := testkit.Titles(t, r.Page("bookings?cursor="+bens), "past"); got != "Ana's" {
		t.Errorf("Ana sees %s", got)
	}
}

func TestGarbageCursor(t *testing.T) {
	r := newRoom(t)
	r.booking("past", -2*time.Hour)
	encoded := func(s string) string { return base64.RawURLEncoding.EncodeToString([]byte(s)) }
	for name, cursor := range map[string]string{
		"no base64":     "%%%",
		"padded":        base64.URLEncoding.EncodeToString([]byte("2026-01-01 10:00:00.000Z|a")),
		"one part":      encoded("2026-01-01 10:00:00.000Z"),
		"no time":       encoded("|abc"),
		"no id":         encoded("2026-01-01 10:00:00.000Z|"),
		"words":         encoded("hello|world"),
		"only a letter": "a",
		"very long":     encoded(strings.Repeat("x", 4000)),
	} {
		t.Run(name, func(t *testing.T) {
			answer := r.Do("GET", "/api/portal/bookings?cursor="+url.QueryEscape(cursor), r.AnaToken, nil)
			if answer.Status != 400 || answer.Message() != "The cursor is not one that this page gave. Ask again without it." {
				t.Errorf("%d %s", answer.Status, answer.Raw)
			}
		})
	}
}
