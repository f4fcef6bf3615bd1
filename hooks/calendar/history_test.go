package calendar_test

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
	"time"

	"greenroom/hooks/testkit"
)

// Whatever happens to the calendar, with syncs, crashes and duplicates in between: a sync ends with the same live
// bookings as a studio that reads the calendar for the first time. No booking is ever deleted.
func TestAnyHistoryEndsInTheSameBookings(t *testing.T) {
	const histories, chapters, steps = 12, 3, 30
	for seed := range histories {
		t.Run(fmt.Sprint(seed), func(t *testing.T) {
			t.Parallel()
			h := newHistory(t, uint64(seed))
			for range chapters {
				for range steps {
					h.step()
				}
				h.fake.Heal()
				result(t, h.studio, syncPath)
				h.check()
				if t.Failed() {
					return
				}
			}
		})
	}
}

// history is a calendar that changes at random, and a studio that syncs with it.
type history struct {
	t      *testing.T
	fake   *testkit.Google
	studio *testkit.Studio
	random *rand.Rand
	made   int             // number of events and series so far
	series map[string]int  // number of instances by series
	met    map[string]bool // every calendarEventId that ever had a booking
	log    []string
}

var guestNames = []string{"ana", "ben", "cas"}

func newHistory(t *testing.T, seed uint64) *history {
	h := &history{t: t, fake: testkit.NewGoogle(t), random: rand.New(rand.NewPCG(seed, 1)), series: map[string]int{}, met: map[string]bool{}}
	h.fake.PageSize = 3
	h.fake.Padded = seed%3 == 0
	h.studio = h.open()
	return h
}

// open starts a studio with an empty database.
func (h *history) open() *testkit.Studio {
	s := testkit.New(h.t, h.fake.Environment())
	// The sync at the start has to end first, since a later call would share its result.
	result(h.t, s, syncPath)
	for _, name := range guestNames {
		s.Client(name)
	}
	result(h.t, s, syncPath)
	return s
}

func (h *history) step() {
	f, r := h.fake, h.random
	switch r.IntN(16) {
	case 0, 1, 2:
		h.made++
		h.put(fmt.Sprintf("e%d", h.made), h.event())
	case 3, 4:
		moved := h.event()
		h.put(h.any(), map[string]any{"start": moved["start"], "end": moved["end"]})
	case 5:
		h.put(h.any(), map[string]any{"attendees": h.guests()})
	case 6:
		h.put(h.any(), map[string]any{"summary": fmt.Sprint("Title ", r.IntN(100)), "hangoutLink": fmt.Sprintf("https://meet.example/%d", r.IntN(9))})
	case 7:
		id := h.any()
		h.say("remove %s", id)
		f.Remove(id)
	case 8:
		h.made++
		h.edit(fmt.Sprintf("s%d", h.made), 0, 4)
	case 9:
		if id, count := h.anySeries(); id != "" {
			h.edit(id, 0, count)
		}
	case 10:
		if id, count := h.anySeries(); id != "" { // "this and following"
			from := r.IntN(count)
			h.cut(id, from, count)
			h.made++
			h.edit(fmt.Sprintf("%s_R%d", id, h.made), from, count)
		}
	case 11:
		if id, count := h.anySeries(); id != "" {
			h.say("delete %s", id)
			delete(h.series, id)
			if r.IntN(2) == 0 {
				h.cut(id, 0, count)
				return
			}
			f.EndSeries(id)
		}
	case 12:
		h.say("forget")
		f.Forget()
	case 13:
		page := r.IntN(4)
		h.say("sync that fails at page %d", page)
		f.FailAfter("list", page, manyTimes, testkit.Says(400, ""))
		h.studio.Do("POST", syncPath+[]string{"", "?full=1"}[r.IntN(2)], h.studio.Owner, nil)
		f.Heal()
	case 14:
		h.say("two syncs")
		inParallel(2, func() { h.studio.Do("POST", syncPath, h.studio.Owner, nil) })()
	case 15:
		path := syncPath + []string{"", "", "?full=1"}[r.IntN(3)]
		h.say("sync %s", path)
		result(h.t, h.studio, path)
	}
}

func (h *history) say(format string, values ...any) {
	h.log = append(h.log, fmt.Sprintf(format, values...))
}

func (h *history) put(id string, fields map[string]any) {
	if id != "" {
		h.say("put %s %v", id, fields)
		h.fake.Put(id, fields)
	}
}

// event returns the fields of an event in the window or far out of it.
func (h *history) event() map[string]any {
	hours := []float64{-24 * 200, -24 * 80, -24, -1, 1, 24, 24 * 28, 24 * 33, 24 * 400}
	e := meeting(fmt.Sprint("Title ", h.random.IntN(100)), hours[h.random.IntN(len(hours))])
	e["attendees"] = h.guests()
	return e
}

// guests returns some clients and a stranger in random order; some have declined.
func (h *history) guests() []any {
	names := append(slices.Clone(guestNames), "stranger")
	h.random.Shuffle(len(names), func(i, j int) { names[i], names[j] = names[j], names[i] })
	out := attendees()
	for _, name := range names[:h.random.IntN(len(names)+1)] {
		response := []string{"accepted", "needsAction", "tentative", "declined"}[h.random.IntN(4)]
		out = append(out, map[string]any{"email": name + "@example.com", "responseStatus": response})
	}
	return out
}

// any returns the id of a random event that was made before, or "" if there is none.
func (h *history) any() string {
	h.fake.Mu.Lock()
	defer h.fake.Mu.Unlock()
	var ids []string
	for id, e := range h.fake.Calendars[testkit.GoogleCalendar] {
		if e.Fields["start"] != nil {
			ids = append(ids, id)
		}
	}
	if len(ids) == 0 {
		return ""
	}
	slices.Sort(ids)
	return ids[h.random.IntN(len(ids))]
}

func (h *history) anySeries() (id string, count int) {
	var ids []string
	for id := range h.series {
		ids = append(ids, id)
	}
	if len(ids) == 0 {
		return "", 0
	}
	slices.Sort(ids)
	id = ids[h.random.IntN(len(ids))]
	return id, h.series[id]
}

// edit creates or changes the instances of a series.
func (h *history) edit(id string, from, to int) {
	guests, title := h.guests(), fmt.Sprint("Series ", h.random.IntN(100))
	h.say("series %s, %d to %d: %s, %v", id, from, to, title, guests)
	h.series[id] = to
	for n := from; n < to; n++ {
		e := meeting(title, float64(24*10*n+1))
		e["attendees"], e["recurringEventId"] = guests, id
		h.fake.Put(instance(id, n), e)
	}
}

// cut removes a series' instances from one on.
func (h *history) cut(id string, from, to int) {
	for n := from; n < to; n++ {
		h.fake.Remove(instance(id, n))
	}
	if h.series[id] = from; from == 0 {
		delete(h.series, id)
	}
}

func instance(series string, n int) string { return fmt.Sprintf("%s_%02d", series, n) }

// check compares the bookings with those of a studio that reads the calendar for the first time.
func (h *history) check() {
	t := h.t
	got, want := live(t, h.studio), live(t, h.open())
	if !slices.Equal(got, want) {
		t.Errorf("after %q\ngot  %q\nwant %q", h.log, got, want)
	}
	pairs, now := map[string]bool{}, byEvent(t, h.studio)
	for id, b := range now {
		event, _, _ := cutGuest(id)
		pair := event + " " + b.GetString("client")
		if pairs[pair] {
			t.Errorf("two bookings of %s", pair)
		}
		pairs[pair], h.met[id] = true, true
	}
	for id := range h.met {
		if now[id] == nil {
			t.Errorf("the booking %s is no longer on record", id)
		}
	}
}

// live returns the bookings of the window that are not cancelled, one line each with all that a client sees of them.
func live(t testing.TB, s *testkit.Studio) (lines []string) {
	for id, b := range byEvent(t, s) {
		from, to := time.Now().AddDate(0, 0, -90), time.Now().AddDate(0, 0, 30)
		if b.GetString("cancelledAt") != "" || !b.GetDateTime("endTime").Time().After(from) || !b.GetDateTime("startTime").Time().Before(to) {
			continue
		}
		client, err := s.App.FindRecordById("clients", b.GetString("client"))
		if err != nil {
			t.Fatal(err)
		}
		event, _, _ := cutGuest(id)
		lines = append(lines, fmt.Sprint(event, " ", client.GetString("name"), " ", b.GetString("title"), " ", b.GetString("startTime"), " ", b.GetString("endTime"), " ", b.GetString("meetUrl")))
	}
	slices.Sort(lines)
	return lines
}
