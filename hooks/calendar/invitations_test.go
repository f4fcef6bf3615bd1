package calendar_test

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"
	"time"

	"greenroom/hooks/testkit"
)

// Each case says who organises an ordinary meeting and who answered what, and whether it becomes a booking of Ana's.
func TestClientOfAMeeting(t *testing.T) {
	owner := func(answer string) any {
		return map[string]any{"email": testkit.GoogleCalendar, "self": true, "responseStatus": answer}
	}
	person := func(email string) any { return map[string]any{"email": email, "responseStatus": "accepted"} }
	by := func(email string, attendees ...any) map[string]any {
		return map[string]any{"organizer": map[string]any{"email": email}, "attendees": attendees}
	}
	cases := map[string]struct {
		fields map[string]any
		counts bool
	}{
		"the owner invited":                       {map[string]any{"organizer": map[string]any{"email": testkit.GoogleCalendar, "self": true}, "attendees": []any{person("ana@example.com")}}, true},
		"the owner declined their own":            {map[string]any{"organizer": map[string]any{"email": testkit.GoogleCalendar, "self": true}, "attendees": []any{owner("declined"), person("ana@example.com")}}, false},
		"the client invited, no answer yet":       {by("ana@example.com", owner("needsAction")), true},
		"the client invited, capitals":            {by("ANA@Example.com", owner("accepted")), true},
		"the client invited, declined":            {by("ana@example.com", owner("declined")), false},
		"the client invited and is named":         {by("ana@example.com", owner("tentative"), person("ana@example.com")), true},
		"the client invited and does not come":    {by("ana@example.com", owner("accepted"), map[string]any{"email": "ana@example.com", "responseStatus": "declined"}), false},
		"a stranger invited, no answer yet":       {by("eve@evil.example", owner("needsAction"), person("ana@example.com")), false},
		"a stranger invited, accepted":            {by("eve@label.example", owner("accepted"), person("ana@example.com")), true},
		"a stranger invited, perhaps":             {by("eve@label.example", owner("tentative"), person("ana@example.com")), true},
		"a stranger invited, declined":            {by("eve@label.example", owner("declined"), person("ana@example.com")), false},
		"a stranger organises, no answer to give": {by("team@group.calendar.google.com", person("ana@example.com")), true},
		"the owner comes by another address":      {map[string]any{"attendees": []any{owner("declined"), map[string]any{"email": "james@studio.example", "responseStatus": "accepted"}, person("ana@example.com")}}, true},
		"the owner's other address declined":      {map[string]any{"attendees": []any{map[string]any{"email": "james@studio.example", "responseStatus": "declined"}, person("ana@example.com")}}, false},
	}
	f := testkit.NewGoogle(t)
	s := studio(t, f)
	s.Client("ana")
	result(t, s, syncPath)
	for name, c := range cases {
		e := meeting("Call", 24)
		maps.Copy(e, c.fields)
		f.Put(name, e)
	}
	result(t, s, syncPath)
	made := byEvent(t, s)
	for name, c := range cases {
		if _, there := made[name]; there != c.counts {
			t.Errorf("%s: a booking: %v", name, there)
		}
	}
}

// The owner declines and accepts a meeting that has a booking, and one instance of a series.
func TestTheOwnersAnswerLater(t *testing.T) {
	f := testkit.NewGoogle(t)
	s := studio(t, f)
	s.Client("ana")
	result(t, s, syncPath)
	with := func(answer string) map[string]any {
		e := meeting("Call", 24)
		e["attendees"] = []any{map[string]any{"email": testkit.GoogleCalendar, "self": true, "responseStatus": answer}, map[string]any{"email": "ana@example.com"}}
		e["organizer"] = map[string]any{"email": "ana@example.com"}
		return e
	}
	instance := func(answer string) map[string]any {
		e := with(answer)
		e["recurringEventId"] = "weekly"
		return e
	}
	for _, step := range []struct {
		one, first, second string
		cancelled          []string
	}{
		{"accepted", "accepted", "accepted", nil},
		{"declined", "accepted", "declined", []string{"one", "weekly_2"}},
		{"tentative", "accepted", "accepted", nil},
	} {
		f.Put("one", with(step.one))
		f.Put("weekly_1", instance(step.first))
		f.Put("weekly_2", instance(step.second))
		result(t, s, syncPath)
		var cancelled []string
		for id, b := range byEvent(t, s) {
			if b.GetString("cancelledAt") != "" {
				cancelled = append(cancelled, id)
			}
		}
		slices.Sort(cancelled)
		if !slices.Equal(cancelled, step.cancelled) {
			t.Errorf("after %v: cancelled are %v", step, cancelled)
		}
	}
}

// A client's former address is still theirs when they move a meeting that they made by it.
func TestTheAddressAClientHad(t *testing.T) {
	f := testkit.NewGoogle(t)
	s := studio(t, f)
	client, _ := s.Client("ana")
	result(t, s, syncPath)
	e := meeting("Call", 24)
	e["attendees"] = []any{map[string]any{"email": testkit.GoogleCalendar, "self": true, "responseStatus": "needsAction"}}
	e["organizer"] = map[string]any{"email": "ana@example.com"}
	f.Put("call", e)
	result(t, s, syncPath)
	change(t, s, client, map[string]any{"email": "ana@elsewhere.example"})
	e["summary"] = "Call, later"
	f.Put("call", e)
	result(t, s, syncPath)
	if b := byEvent(t, s)["call"]; b == nil || b.GetString("title") != "Call, later" || b.GetString("cancelledAt") != "" {
		t.Errorf("the booking: %v", b)
	}
}

// After an upgrade, events are read again that the older version had read with fewer fields. Google refuses the older
// version's sync token with other parameters.
func TestANewerVersionReadsAnew(t *testing.T) {
	f := testkit.NewGoogle(t)
	s := studio(t, f)
	client, _ := s.Client("ana")
	result(t, s, syncPath)
	f.Put("call", meeting("Call", 24, "ana@example.com"))
	result(t, s, syncPath)

	f.Mu.Lock()
	for token := range f.Shapes {
		f.Shapes[token] = "as it asked then"
	}
	f.Mu.Unlock()
	lines := []string{testkit.GoogleCalendar, fmt.Sprintf("%q %s", "ana@example.com", client.Id)}
	slices.Sort(lines)
	sum := sha256.Sum256([]byte(strings.Join(lines, "\n")))
	record, err := s.App.FindFirstRecordByData("integrations", "name", "calendar:"+testkit.GoogleCalendar)
	if err != nil {
		t.Fatal(err)
	}
	var cursor map[string]string
	if err := json.Unmarshal([]byte(record.GetString("cursor")), &cursor); err != nil {
		t.Fatal(err)
	}
	cursor["fingerprint"] = hex.EncodeToString(sum[:16])
	text, err := json.Marshal(cursor)
	if err != nil {
		t.Fatal(err)
	}
	change(t, s, record, map[string]any{"cursor": string(text)})
	f.Asked()
	if got := result(t, s, syncPath); got != [4]int{0, 0, 0, 1} {
		t.Errorf("the sync: %v", got)
	}
	if asked := f.Asked(); !slices.Equal(asked, []string{"list"}) {
		t.Errorf("asked: %v", asked)
	}
}

// The link for joining is found where invitations of other services have it.
func TestWhereToJoin(t *testing.T) {
	const zoom = "https://us02web.zoom.us/j/8675309?pwd=abc"
	cases := map[string]struct {
		fields map[string]any
		want   string
	}{
		"location":                  {map[string]any{"location": zoom}, zoom},
		"location with words":       {map[string]any{"location": "Online (" + zoom + "), or Studio 2."}, zoom},
		"description":               {map[string]any{"location": "Studio 2", "description": "Join Zoom Meeting\n" + zoom + "\n\nMeeting ID: 867"}, zoom},
		"an HTML description":       {map[string]any{"description": `<p>Hi,</p><a href="https://us02web.zoom.us/j/1?pwd=a&amp;uname=b">Join</a>`}, "https://us02web.zoom.us/j/1?pwd=a&uname=b"},
		"Teams":                     {map[string]any{"description": "________\r\nJoin: https://teams.microsoft.com/l/meetup-join/19%3ameeting_x%40thread.v2/0?context=%7b%22Tid%22%3a%22y%22%7d>\r\n"}, "https://teams.microsoft.com/l/meetup-join/19%3ameeting_x%40thread.v2/0?context=%7b%22Tid%22%3a%22y%22%7d"},
		"Teams for homes":           {map[string]any{"location": "https://teams.live.com/meet/9371?p=x"}, "https://teams.live.com/meet/9371?p=x"},
		"Webex":                     {map[string]any{"location": "https://studio.webex.com/meet/james"}, "https://studio.webex.com/meet/james"},
		"Whereby":                   {map[string]any{"description": "see you at https://whereby.com/studio."}, "https://whereby.com/studio"},
		"Jitsi":                     {map[string]any{"location": "https://meet.jit.si/SlowThaw"}, "https://meet.jit.si/SlowThaw"},
		"Meet as text":              {map[string]any{"description": "https://meet.google.com/abc-defg-hij"}, "https://meet.google.com/abc-defg-hij"},
		"behind Outlook":            {map[string]any{"description": "https://eur01.safelinks.protection.outlook.com/?url=https%3A%2F%2Fus02web.zoom.us%2Fj%2F5&data=05"}, "https://us02web.zoom.us/j/5"},
		"the first of two":          {map[string]any{"location": "https://meet.jit.si/a", "description": zoom}, "https://meet.jit.si/a"},
		"another site first":        {map[string]any{"description": "Agenda: https://docs.example.com/x and " + zoom}, zoom},
		"another site only":         {map[string]any{"location": "https://studio.example.com/how-to-get-here"}, ""},
		"not https":                 {map[string]any{"location": "http://us02web.zoom.us/j/5"}, ""},
		"a name like it":            {map[string]any{"location": "https://zoom.us.evil.example/j/5 https://notzoom.us/j"}, ""},
		"a user before the host":    {map[string]any{"location": "https://zoom.us@evil.example/j/5"}, ""},
		"Google's own comes first":  {map[string]any{"hangoutLink": "https://meet.google.com/own", "location": zoom}, "https://meet.google.com/own"},
		"a space of HTML behind":    {map[string]any{"description": "Join:&nbsp;" + zoom + "&nbsp;Passcode: 7"}, zoom},
		"a space of its own kind":   {map[string]any{"location": zoom + "\u00a0(Zoom)\u200b"}, zoom},
		"quotes and full stops":     {map[string]any{"description": "„" + zoom + "“ und 会議 https://meet.jit.si/b。"}, zoom},
		"a parameter like a sign":   {map[string]any{"description": "https://zoom.us/j/5?pwd=a&copy=2&reg=3"}, "https://zoom.us/j/5?pwd=a&copy=2&reg=3"},
		"tags written as text":      {map[string]any{"description": "&lt;" + zoom + "&gt;"}, zoom},
		"Google's cannot be opened": {map[string]any{"hangoutLink": "zoommtg://zoom.us/join?confno=5", "location": zoom}, zoom},
		"a script":                  {map[string]any{"location": "javascript:alert('https://zoom.us/j/5')"}, "https://zoom.us/j/5"},
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
	made := byEvent(t, s)
	for name, c := range cases {
		if b := made[name]; b == nil {
			t.Errorf("%s: no booking", name)
		} else if b.GetString("meetUrl") != c.want {
			t.Errorf("%s: %s", name, b.GetString("meetUrl"))
		}
	}
}

// A guest is recognised whichever way the domain is written (Unicode or punycode). Dots and plus tags in the local part
// make different addresses.
func TestGuestsByTheirDomainsNames(t *testing.T) {
	f := testkit.NewGoogle(t)
	s := studio(t, f)
	s.Make("clients", map[string]any{"email": "ben@xn--bcher-kva.example", "name": "Ben"})
	s.Make("clients", map[string]any{"email": "ana.soeder@gmail.com", "name": "Ana"})
	result(t, s, syncPath)
	for id, guest := range map[string]string{"unicode": "ben@bücher.example", "label": "BEN@XN--BCHER-KVA.example", "no dot": "anasoeder@gmail.com", "tag": "ana.soeder+studio@gmail.com",
		"other domain": "ana.soeder@googlemail.com", "dot": "Ana.Soeder@gmail.com"} {
		f.Put(id, meeting("Call", 24, guest))
	}
	result(t, s, syncPath)
	made := byEvent(t, s)
	for id, want := range map[string]bool{"unicode": true, "label": true, "dot": true, "no dot": false, "tag": false, "other domain": false} {
		if _, there := made[id]; there != want {
			t.Errorf("%s: a booking: %v", id, there)
		}
	}
}

// Cancelled meetings leave the feed some weeks after their end; those that took place stay.
func TestCancelledMeetingsLeaveTheFeed(t *testing.T) {
	f := testkit.NewGoogle(t)
	s := studio(t, f)
	client, ana := s.Client("ana")
	// The sync at the start cancels bookings that the fake does not know, so it has to end first.
	result(t, s, syncPath)
	for title, end := range map[string]time.Duration{"long ago": -29 * 24 * time.Hour, "lately": -27 * 24 * time.Hour} {
		for _, cancelled := range []bool{false, true} {
			fields := map[string]any{"client": client.Id, "calendarEventId": title, "title": "held " + title, "startTime": time.Now().Add(end - time.Hour), "endTime": time.Now().Add(end)}
			if cancelled {
				fields["calendarEventId"], fields["title"], fields["cancelledAt"] = title+" cancelled", "cancelled "+title, time.Now()
			}
			s.Make("bookings", fields)
		}
	}
	body := string(newFeed(t, s, ana).get(t).Raw)
	for title, want := range map[string]bool{"held long ago": true, "cancelled long ago": false, "held lately": true, "cancelled lately": true} {
		if strings.Contains(body, "SUMMARY:"+title+"\r\n") != want {
			t.Errorf("%s is in the feed: %v", title, !want)
		}
	}
}
