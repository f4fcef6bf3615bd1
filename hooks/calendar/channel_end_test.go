package calendar_test

import (
	"fmt"
	"strings"
	"testing"
	"time"

	"greenroom/hooks/testkit"
)

// Google's guide shows a channel's expiration as a number, while the API sends a string; both are read. A channel whose
// expiration cannot be read is not used, because it would never be renewed: the owner is told, and syncs go on by the
// schedule.
func TestAChannelsEnd(t *testing.T) {
	ends := time.Now().Add(7 * 24 * time.Hour).Truncate(time.Millisecond)
	for name, c := range map[string]struct {
		end  string // "expiration" in Google's answer
		open bool
	}{
		"a string, as the API sends":  {fmt.Sprintf(`"%d"`, ends.UnixMilli()), true},
		"a number, as the guide says": {fmt.Sprint(ends.UnixMilli()), true},
		"none":                        {"null", false},
		"words":                       {`"next week"`, false},
		"a list":                      {fmt.Sprintf("[%d]", ends.UnixMilli()), false},
	} {
		t.Run(name, func(t *testing.T) {
			f := testkit.NewGoogle(t)
			f.Fail("watch", manyTimes, testkit.Says(200, `{"kind":"api#channel","resourceId":"resource","resourceUri":"https://www.googleapis.com/calendar/v3/calendars/x/events","expiration":`+c.end+`}`))
			s := studio(t, f, public)
			name := "calendar:channel:" + testkit.GoogleCalendar
			testkit.Eventually(t, "the owner can see what became of it", func() bool { return strings.Contains(content(t, s), name) })
			state, cursor, trouble := row(t, s, name)
			if !c.open {
				if state != "down" || !strings.Contains(trouble, "a channel without an end") {
					t.Errorf("%s: %s", state, trouble)
				}
				return
			}
			if kept, _ := testkit.Decode(t, []byte(cursor))["ends"].(string); state != "open" || trouble != "" || !sameTime(t, kept, ends) {
				t.Errorf("%s %s, want its end at %s: %s", state, cursor, ends, trouble)
			}
			f.Asked()
			run(t, s, "calendarChannels")
			wants(t, f.Asked())
		})
	}
}

func sameTime(t testing.TB, text string, want time.Time) bool {
	t.Helper()
	got, err := time.Parse(time.RFC3339, text)
	return err == nil && got.Equal(want)
}
