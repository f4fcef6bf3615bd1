package calendar_test

import (
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/testkit"
)

// Each case changes fields of an ordinary meeting with Ana, and says which booking is made of it.
func TestBookingFromEvent(t *testing.T) {
	entry := func(kind, uri string) map[string]any { return map[string]any{"entryPointType": kind, "uri": uri} }
	conference := func(points ...any) map[string]any { return map[string]any{"entryPoints": points} }
	guest := func(fields map[string]any) []any { return []any{fields} }
	cases := map[string]struct {
		fields map[string]any
		want   string // title and link of the booking; empty for none
	}{
		"plain":                          {nil, "Call | "},
		"guest in capitals":              {map[string]any{"attendees": guest(map[string]any{"email": "ANA@EXAMPLE.COM"})}, "Call | "},
		"guest with spaces around":       {map[string]any{"attendees": guest(map[string]any{"email": " ana@example.com "})}, "Call | "},
		"guest who accepted":             {map[string]any{"attendees": guest(map[string]any{"email": "ana@example.com", "responseStatus": "accepted"})}, "Call | "},
		"guest who may come":             {map[string]any{"attendees": guest(map[string]any{"email": "ana@example.com", "responseStatus": "tentative"})}, "Call | "},
		"guest who declined":             {map[string]any{"attendees": guest(map[string]any{"email": "ana@example.com", "responseStatus": "declined"})}, ""},
		"organised by the guest":         {map[string]any{"attendees": guest(map[string]any{"email": "ana@example.com", "organizer": true})}, "Call | "},
		"guest twice":                    {map[string]any{"attendees": []any{map[string]any{"email": "ana@example.com"}, map[string]any{"email": "Ana@example.com"}}}, "Call | "},
		"attendee without address":       {map[string]any{"attendees": []any{map[string]any{"displayName": "Ana"}, map[string]any{"email": "ana@example.com"}}}, "Call | "},
		"nobody but such":                {map[string]any{"attendees": guest(map[string]any{"displayName": "Ana"})}, ""},
		"a room of that address":         {map[string]any{"attendees": guest(map[string]any{"email": "ana@example.com", "resource": true})}, ""},
		"the calendar's own entry":       {map[string]any{"attendees": guest(map[string]any{"email": "ana@example.com", "self": true})}, ""},
		"a stranger":                     {map[string]any{"attendees": guest(map[string]any{"email": "ana@example.org"})}, ""},
		"the owner's other address":      {map[string]any{"attendees": guest(map[string]any{"email": "James@Studio.example"})}, ""},
		"the calendar as a guest":        {map[string]any{"attendees": guest(map[string]any{"email": testkit.GoogleCalendar})}, ""},
		"no attendees":                   {map[string]any{"attendees": nil}, ""},
		"guests left out":                {map[string]any{"attendees": nil, "attendeesOmitted": true}, ""},
		"no title":                       {map[string]any{"summary": nil}, "Meeting | "},
		"private without title":          {map[string]any{"summary": nil, "visibility": "private"}, "Meeting | "},
		"title of spaces":                {map[string]any{"summary": " \t\n "}, "Meeting | "},
		"title of controls":              {map[string]any{"summary": "\x00\x07\u202e"}, "Meeting | "},
		"title in lines":                 {map[string]any{"summary": " Mix \r\n and\tmaster "}, "Mix and master | "},
		"title that turns around":        {map[string]any{"summary": "Invoice \u202egnp.exe\u202c"}, "Invoice gnp.exe | "},
		"title in emoji":                 {map[string]any{"summary": "🎧 Mix — 日本 👩🏽‍🎤"}, "🎧 Mix — 日本 👩🏽‍🎤 | "},
		"title with markup":              {map[string]any{"summary": "<b>Mix</b>"}, "<b>Mix</b> | "},
		"working location":               {map[string]any{"eventType": "workingLocation"}, ""},
		"focus time":                     {map[string]any{"eventType": "focusTime"}, ""},
		"out of office":                  {map[string]any{"eventType": "outOfOffice"}, ""},
		"birthday":                       {map[string]any{"eventType": "birthday"}, ""},
		"from Gmail":                     {map[string]any{"eventType": "fromGmail"}, ""},
		"no type":                        {map[string]any{"eventType": nil}, "Call | "},
		"the pattern of a series":        {map[string]any{"recurrence": []any{"RRULE:FREQ=DAILY"}}, ""},
		"hangout link":                   {map[string]any{"hangoutLink": "https://meet.google.com/aaa"}, "Call | https://meet.google.com/aaa"},
		"video entry before the hangout": {map[string]any{"hangoutLink": "https://meet.google.com/aaa", "conferenceData": conference(entry("phone", "tel:+44"), entry("video", "https://zoom.example/j/1"))}, "Call | https://zoom.example/j/1"},
		"the first of two video entries": {map[string]any{"conferenceData": conference(entry("video", "https://a.example/"), entry("video", "https://b.example/"))}, "Call | https://a.example/"},
		"phone only":                     {map[string]any{"conferenceData": conference(entry("phone", "tel:+44"), entry("more", "https://tel.meet/x"))}, "Call | "},
		"video entry without address":    {map[string]any{"hangoutLink": "https://meet.google.com/aaa", "conferenceData": conference(entry("video", ""))}, "Call | https://meet.google.com/aaa"},
		"link that is a script":          {map[string]any{"hangoutLink": "javascript:alert(1)"}, "Call | "},
		"link that is a script, spelt":   {map[string]any{"hangoutLink": "JavaScript://x.example/%0aalert(1)"}, "Call | "},
		"link that is data":              {map[string]any{"conferenceData": conference(entry("video", "data:text/html,<script>"))}, "Call | "},
		"link to nowhere":                {map[string]any{"hangoutLink": "https:///path"}, "Call | "},
		"link without scheme":            {map[string]any{"hangoutLink": "//meet.example/a"}, "Call | "},
		"link in two lines":              {map[string]any{"hangoutLink": "https://meet.example/a\nb"}, "Call | "},
		"link that turns around":         {map[string]any{"hangoutLink": "https://meet.example/\u202ea"}, "Call | "},
		"link as long as a novel":        {map[string]any{"hangoutLink": "https://meet.example/" + strings.Repeat("a", 3_000)}, "Call | "},
		"ends before it starts":          {map[string]any{"end": map[string]any{"dateTime": "2001-01-01T10:00:00Z"}}, "Call | "},
		"no end":                         {map[string]any{"end": nil}, "Call | "},
	}
	f := testkit.NewGoogle(t)
	s := studio(t, f)
	s.Client("ana")
	result(t, s, syncPath)
	for name, c := range cases {
		e := meeting("Call", 24, "ana@example.com")
		maps.Copy(e, c.fields)
		f.Put(name, e)
	}
	result(t, s, syncPath)
	made := map[string]string{}
	for id, b := range byEvent(t, s) {
		made[id] = b.GetString("title") + " | " + b.GetString("meetUrl")
	}
	for name, c := range cases {
		if made[name] != c.want {
			t.Errorf("%s: %q, want %q", name, made[name], c.want)
		}
	}
	before := content(t, s)
	for name := range cases {
		f.Put(name, nil)
	}
	result(t, s, syncPath)
	if after := content(t, s); withoutCursors(after) != withoutCursors(before) {
		t.Errorf("the same events again change the studio from\n%s\nto\n%s", before, after)
	}
}

func TestALongTitleIsCut(t *testing.T) {
	f := testkit.NewGoogle(t)
	s := studio(t, f)
	s.Client("ana")
	long := strings.Repeat("长é🎧 ", 1_250)
	f.Put("long", meeting(long, 24, "ana@example.com"))
	result(t, s, syncPath)
	title := byEvent(t, s)["long"].GetString("title")
	if len(title) == 0 || len(title) >= len(long) || !strings.HasPrefix(long, title) {
		t.Errorf("the title is %q", title)
	}
}

// Each case is one of Google's ways to express a time, and the times that are stored. All lie around a fixed day in the
// window, since the test's clock cannot be set to it.
func TestWhenAnEventIs(t *testing.T) {
	type span struct{ start, end map[string]any }
	date := func(d string) map[string]any { return map[string]any{"date": d} }
	moment := func(m, zone string) map[string]any {
		out := map[string]any{"dateTime": m}
		if zone != "" {
			out["timeZone"] = zone
		}
		return out
	}
	day := time.Now().UTC().AddDate(0, 0, 3)
	next := day.AddDate(0, 0, 1)
	on := func(d time.Time, rest string) string { return d.Format(time.DateOnly) + rest }
	zoneAt := func(name string, d time.Time, hour int) string {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		return time.Date(d.Year(), d.Month(), d.Day(), hour, 0, 0, 0, zone).UTC().Format(time.DateTime)
	}
	cases := map[string]struct {
		calendarZone, studioZone string
		span                     span
		start, end               string
	}{
		"offset": {"Europe/London", "Europe/London", span{moment(on(day, "T10:00:00-05:00"), "America/Chicago"), moment(on(day, "T11:00:00-05:00"), "")},
			on(day, " 15:00:00"), on(day, " 16:00:00")},
		"UTC, with fractions": {"Europe/London", "Europe/London", span{moment(on(day, "T10:00:00.1239Z"), ""), moment(on(day, "T11:00:00Z"), "")},
			on(day, " 10:00:00"), on(day, " 11:00:00")},
		"no offset, its own zone": {"Europe/London", "Europe/London", span{moment(on(day, "T10:00:00"), "Asia/Tokyo"), moment(on(day, "T11:00:00"), "Asia/Tokyo")},
			zoneAt("Asia/Tokyo", day, 10), zoneAt("Asia/Tokyo", day, 11)},
		"no offset, the calendar's zone": {"America/New_York", "Europe/London", span{moment(on(day, "T10:00:00"), ""), moment(on(day, "T11:00:00"), "")},
			zoneAt("America/New_York", day, 10), zoneAt("America/New_York", day, 11)},
		"no offset, a zone that is none": {"America/New_York", "Europe/London", span{moment(on(day, "T10:00:00"), "Mars/Base"), moment(on(day, "T11:00:00"), "Mars/Base")},
			zoneAt("America/New_York", day, 10), zoneAt("America/New_York", day, 11)},
		"a day": {"America/New_York", "Europe/London", span{date(on(day, "")), date(on(next, ""))},
			zoneAt("Europe/London", day, 0), zoneAt("Europe/London", next, 0)},
		"a day, the studio elsewhere": {"Europe/London", "Asia/Tokyo", span{date(on(day, "")), date(on(next, ""))},
			zoneAt("Asia/Tokyo", day, 0), zoneAt("Asia/Tokyo", next, 0)},
		"three days": {"Europe/London", "Europe/London", span{date(on(day, "")), date(on(day.AddDate(0, 0, 3), ""))},
			zoneAt("Europe/London", day, 0), zoneAt("Europe/London", day.AddDate(0, 0, 3), 0)},
	}
	for name, c := range cases {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			f := testkit.NewGoogle(t)
			f.Zone = c.calendarZone
			s := studio(t, f, map[string]string{"GREENROOM_TIMEZONE": c.studioZone})
			s.Client("ana")
			result(t, s, syncPath)
			f.Put("m", map[string]any{"summary": "Day", "start": c.span.start, "end": c.span.end, "attendees": attendees("ana@example.com")})
			result(t, s, syncPath)
			b := byEvent(t, s)["m"]
			if b == nil {
				t.Fatal("no booking")
			}
			start, end := b.GetString("startTime")[:19], b.GetString("endTime")[:19]
			if start != c.start || end != c.end {
				t.Errorf("%s to %s, want %s to %s", start, end, c.start, c.end)
			}
			f.Put("m", nil)
			if got := result(t, s, syncPath); got != [4]int{0, 0, 0, 1} {
				t.Errorf("again: %v", got)
			}
		})
	}
}

// A meeting moves to days that are 23 and 25 hours long.
func TestDaysOnWhichTheClocksChange(t *testing.T) {
	date := func(d string) map[string]any { return map[string]any{"date": d} }
	wall := func(d string) map[string]any { return map[string]any{"dateTime": d, "timeZone": "Europe/London"} }
	f := testkit.NewGoogle(t)
	s := studio(t, f)
	_, ana := s.Client("ana")
	f.Put("m", meeting("Day", 24, "ana@example.com"))
	result(t, s, syncPath)
	feed := newFeed(t, s, ana)
	for _, c := range []struct {
		start, end       map[string]any
		from, to, inFeed string
	}{
		{date("2027-03-28"), date("2027-03-29"), "2027-03-28 00:00:00", "2027-03-28 23:00:00", "20270328 20270329"},
		{date("2027-10-31"), date("2027-11-01"), "2027-10-30 23:00:00", "2027-11-01 00:00:00", "20271031 20271101"},
		{date("2027-03-27"), date("2027-03-30"), "2027-03-27 00:00:00", "2027-03-29 23:00:00", "20270327 20270330"},
		{wall("2027-03-28T00:30:00"), wall("2027-03-28T02:30:00"), "2027-03-28 00:30:00", "2027-03-28 01:30:00", "20270328T003000Z 20270328T013000Z"},
		{wall("2027-10-31T00:30:00"), wall("2027-10-31T02:30:00"), "2027-10-30 23:30:00", "2027-10-31 02:30:00", "20271030T233000Z 20271031T023000Z"},
	} {
		f.Put("m", map[string]any{"start": c.start, "end": c.end})
		result(t, s, syncPath)
		b := byEvent(t, s)["m"]
		if from, to := b.GetString("startTime")[:19], b.GetString("endTime")[:19]; from != c.from || to != c.to {
			t.Errorf("%v to %v is %s to %s, want %s to %s", c.start, c.end, from, to, c.from, c.to)
		}
		e := feed.events(t)[0]
		if got := e["DTSTART"] + " " + e["DTEND"]; got != c.inFeed {
			t.Errorf("%v to %v is %s in the feed, want %s", c.start, c.end, got, c.inFeed)
		}
	}
}

// An event that cannot be read does not block the others, and leaves its booking as it was.
func TestAnEventThatCannotBeRead(t *testing.T) {
	odd := map[string]map[string]any{
		"no time at all":   {"start": nil, "end": nil},
		"a day like none":  {"start": map[string]any{"date": "2026-02-31"}},
		"no moment":        {"start": map[string]any{"dateTime": "tomorrow"}},
		"before all times": {"start": map[string]any{"dateTime": "0001-01-01T00:00:00Z"}},
	}
	f := testkit.NewGoogle(t)
	s := studio(t, f)
	s.Client("ana")
	for name := range odd {
		f.Put(name, meeting(name, 24, "ana@example.com"))
	}
	result(t, s, syncPath)
	before := bookings(t, s)
	for name, fields := range odd {
		f.Put(name, fields)
	}
	f.Put("good", meeting("Good", 24, "ana@example.com"))
	want := slices.Sorted(slices.Values(append(before, "good: ana, Good, on, ")))
	result(t, s, syncPath)
	wants(t, bookings(t, s), want...)
	// Events with such times are in no window of the fake, so they are put into the list by hand.
	f.Fail("list", 1, f.Lists(slices.Collect(maps.Keys(odd))...))
	result(t, s, syncPath+"?full=1")
	for id, b := range byEvent(t, s) {
		if id != "good" && b.GetString("cancelledAt") != "" {
			t.Errorf("%s was cancelled", id)
		}
	}
}

// byEvent returns the bookings by calendarEventId.
func byEvent(t testing.TB, s *testkit.Studio) map[string]*core.Record {
	t.Helper()
	all, err := s.App.FindAllRecords("bookings")
	if err != nil {
		t.Fatal(err)
	}
	out := map[string]*core.Record{}
	for _, b := range all {
		out[b.GetString("calendarEventId")] = b
	}
	return out
}
