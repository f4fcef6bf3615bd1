package calendar_test

import (
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/testkit"
)

const (
	feedPath     = "/api/portal/feed"
	bookingsPath = "/api/portal/bookings.ics"
)

// follower is a calendar program that subscribes to a feed.
type follower struct {
	s    *testkit.Studio
	path string // path and query, with the key
}

func newFeed(t testing.TB, s *testkit.Studio, token string) follower {
	t.Helper()
	answer := s.Do("POST", feedPath, token, nil)
	if answer.Status != 200 {
		t.Fatalf("%d %s", answer.Status, answer.Raw)
	}
	address, err := url.Parse(answer.JSON()["url"].(string))
	if err != nil {
		t.Fatal(err)
	}
	return follower{s, bookingsPath + "?" + address.RawQuery}
}

func (f follower) get(t testing.TB, header ...string) testkit.Answer {
	t.Helper()
	request, err := http.NewRequest("GET", f.s.URL+f.path, nil)
	if err != nil {
		t.Fatal(err)
	}
	return ask(t, request, header...)
}

// events returns the feed's events in order, each as values by property name.
func (f follower) events(t testing.TB) []map[string]string {
	t.Helper()
	answer := f.get(t)
	if answer.Status != 200 {
		t.Fatalf("%d %s", answer.Status, answer.Raw)
	}
	return parseFeed(t, answer.Raw)
}

func ask(t testing.TB, request *http.Request, header ...string) testkit.Answer {
	t.Helper()
	for i := 0; i+1 < len(header); i += 2 {
		request.Header.Set(header[i], header[i+1])
	}
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	return read(t, response)
}

func TestFeedGuard(t *testing.T) {
	s := testkit.New(t, nil)
	_, ana := s.Client("ana")
	for _, method := range []string{"POST", "DELETE"} {
		for who, c := range map[string]struct {
			token string
			want  int
		}{"a guest": {"", 401}, "the owner": {s.Owner, 403}} {
			if answer := s.Do(method, feedPath, c.token, nil); answer.Status != c.want {
				t.Errorf("%s by %s: %d %s", method, who, answer.Status, answer.Raw)
			}
		}
	}
	answer := s.Do("POST", feedPath, ana, nil)
	address, _ := answer.JSON()["url"].(string)
	if answer.Status != 200 || !strings.HasPrefix(address, s.URL+bookingsPath+"?key=") || answer.Header.Get("Cache-Control") != "no-store" {
		t.Errorf("%d %v %s", answer.Status, answer.Header, answer.Raw)
	}
	if answer := s.Do("DELETE", feedPath, ana, nil); answer.Status != 204 {
		t.Errorf("revoke: %d %s", answer.Status, answer.Raw)
	}
}

// A feed's key works from its creation until it is replaced, revoked, or its client archived. A key that does not work
// is answered as an unknown page is.
func TestAFeedsKey(t *testing.T) {
	s := testkit.New(t, map[string]string{"GREENROOM_URL": "https://portal.example.com/room/"})
	client, ana := s.Client("ana")
	nowhere := s.Do("GET", "/api/portal/projects/nowhere12345678", ana, nil)
	opens := func(feed follower, want bool) {
		t.Helper()
		answer := feed.get(t)
		if want != (answer.Status == 200) || !want && (answer.Status != nowhere.Status || string(answer.Raw) != string(nowhere.Raw)) {
			t.Errorf("%d %s; a page that is not there: %d %s", answer.Status, answer.Raw, nowhere.Status, nowhere.Raw)
		}
	}
	made := s.Do("POST", feedPath, ana, nil)
	if address := made.JSON()["url"].(string); !strings.HasPrefix(address, "https://portal.example.com/room/api/portal/bookings.ics?key=") {
		t.Errorf("the address is %s", address)
	}

	first := newFeed(t, s, ana)
	opens(first, true)
	opens(follower{s, bookingsPath + "?key=wrong"}, false)
	opens(follower{s, bookingsPath + "?key="}, false)
	opens(follower{s, bookingsPath}, false)
	opens(follower{s, bookingsPath + "?key=" + s.Reload(client).GetString("feedKey")}, false) // the stored hash is no key
	second := newFeed(t, s, ana)
	opens(first, false)
	opens(second, true)
	change(t, s, client, map[string]any{"archivedAt": time.Now()})
	opens(second, false)
	change(t, s, client, map[string]any{"archivedAt": ""})
	opens(second, true)

	signedIn, err := s.Reload(client).NewAuthToken() // archiving ended the earlier sign-in
	if err != nil {
		t.Fatal(err)
	}
	if answer := s.Do("DELETE", feedPath, signedIn, nil); answer.Status != 204 {
		t.Fatalf("%d %s", answer.Status, answer.Raw)
	}
	opens(second, false)
	third := newFeed(t, s, signedIn)
	opens(third, true)
	if err := s.App.Delete(s.Reload(client)); err != nil {
		t.Fatal(err)
	}
	opens(third, false)
}

// A feed's key is in no log, whatever the status of the request, and in no answer or table.
func TestAFeedsKeyIsNowhereElse(t *testing.T) {
	s := testkit.New(t, nil)
	client, ana := s.Client("ana")
	feed := newFeed(t, s, ana)
	key := feed.path[strings.Index(feed.path, "key=")+len("key="):]
	feed.get(t)
	feed.get(t, "Authorization", "nonsense", "If-None-Match", "*")
	head, err := http.NewRequest("HEAD", s.URL+feed.path, nil)
	if err != nil {
		t.Fatal(err)
	}
	ask(t, head)
	settings := s.App.Settings()
	settings.RateLimits.Enabled = true
	settings.RateLimits.Rules = []core.RateLimitRule{{Label: "/api/", MaxRequests: 1, Duration: 60}}
	if err := s.App.Save(settings); err != nil {
		t.Fatal(err)
	}
	for range 3 {
		feed.get(t)
	}
	settings.RateLimits.Enabled = false
	if err := s.App.Save(settings); err != nil {
		t.Fatal(err)
	}
	change(t, s, client, map[string]any{"archivedAt": time.Now()})
	feed.get(t)
	s.App.Logger().Info("the last line")
	testkit.Eventually(t, "the log is written", func() bool { return strings.Contains(strings.Join(s.Logged(), "\n"), "the last line") })
	for _, line := range s.Logged() {
		if strings.Contains(line, key) {
			t.Errorf("the log has the key: %s", line)
		}
	}
	if strings.Contains(content(t, s), key) {
		t.Error("the database has the key")
	}
}

func TestAFeedThatDidNotChangeIsNotSentAgain(t *testing.T) {
	f := testkit.NewGoogle(t)
	s := studio(t, f)
	_, ana := s.Client("ana")
	f.Put("m", meeting("Call", 24, "ana@example.com"))
	result(t, s, syncPath)
	feed := newFeed(t, s, ana)
	first := feed.get(t)
	tag := first.Header.Get("ETag")
	if tag == "" || first.Header.Get("Content-Type") != "text/calendar; charset=utf-8" || strings.Contains(first.Header.Get("Cache-Control"), "public") {
		t.Errorf("%v", first.Header)
	}
	for _, header := range []string{tag, "W/" + tag, `"other", ` + tag, `"other",W/` + tag, "*"} {
		if answer := feed.get(t, "If-None-Match", header); answer.Status != 304 || len(answer.Raw) != 0 || answer.Header.Get("ETag") != tag {
			t.Errorf("If-None-Match %s: %d %v", header, answer.Status, answer.Header)
		}
	}
	if answer := feed.get(t, "If-None-Match", `"other"`); answer.Status != 200 || string(answer.Raw) != string(first.Raw) {
		t.Errorf("another tag: %d", answer.Status)
	}
	f.Put("m", map[string]any{"summary": "Call again"})
	result(t, s, syncPath)
	if answer := feed.get(t, "If-None-Match", tag); answer.Status != 200 || answer.Header.Get("ETag") == tag {
		t.Errorf("after a change: %d %v", answer.Status, answer.Header)
	}
}

func TestFeedContents(t *testing.T) {
	f := testkit.NewGoogle(t)
	s := studio(t, f, map[string]string{"GREENROOM_STUDIO": `Fish, Chips; "&" \ Söhne`})
	_, ana := s.Client("ana")
	s.Client("ben")
	result(t, s, syncPath)
	titles := map[string]string{
		"plain":     "Call",
		"escapes":   `a,b;c\d "e" \n :f`,
		"long":      strings.Repeat("long title ", 30) + "end",
		"wide":      strings.Repeat("日本語", 80),
		"emoji":     strings.Repeat("👩🏽‍🎤", 40),
		"mixed":     "x" + strings.Repeat("é🎧", 60),
		"lone mark": "e\u0301" + strings.Repeat("\u0301", 90),
	}
	link := "https://meet.example/" + strings.Repeat("long,path;", 20)
	for id, title := range titles {
		f.Put(id, meeting(title, 24, "ana@example.com"))
	}
	f.Put("linked", meeting("Linked", 24, "ana@example.com", "ben@example.com"))
	f.Put("linked", map[string]any{"hangoutLink": link})
	f.Put("moment", meeting("Moment", 24, "ana@example.com"))
	f.Put("moment", map[string]any{"end": f.Calendars[testkit.GoogleCalendar]["moment"].Fields["start"]})
	f.Put("bens", meeting("Only Ben's", 24, "ben@example.com"))
	f.Put("off", meeting("Off", 48, "ana@example.com"))
	result(t, s, syncPath)
	f.Remove("off")
	result(t, s, syncPath)
	day := time.Now().AddDate(0, 0, 2)
	f.Put("days", map[string]any{"summary": "Days", "attendees": attendees("ana@example.com"), "start": map[string]any{"date": day.Format(time.DateOnly)},
		"end": map[string]any{"date": day.AddDate(0, 0, 2).Format(time.DateOnly)}})
	result(t, s, syncPath)

	answer := newFeed(t, s, ana).get(t)
	for _, secret := range []string{"@example.com", "Ben", "bens"} {
		if strings.Contains(strings.ReplaceAll(string(answer.Raw), "\r\n ", ""), secret) {
			t.Errorf("the feed has %q", secret)
		}
	}
	byTitle := map[string]map[string]string{}
	uids := map[string]bool{}
	for _, e := range parseFeed(t, answer.Raw) {
		byTitle[e["SUMMARY"]] = e
		uids[e["UID"]] = true
	}
	if len(uids) != len(titles)+4 {
		t.Errorf("%d UIDs", len(uids))
	}
	for _, title := range titles {
		if byTitle[title] == nil {
			t.Errorf("no event says %q", title)
		}
	}
	b := byEvent(t, s)["plain"]
	for _, c := range []struct{ title, property, want string }{
		{"Call", "DTSTART", b.GetDateTime("startTime").Time().Format("20060102T150405Z")},
		{"Call", "DTEND", b.GetDateTime("endTime").Time().Format("20060102T150405Z")},
		{"Call", "STATUS", "CONFIRMED"},
		{"Call", "UID", b.Id + "@greenroom"},
		{"Call", "LOCATION", ""},
		{"Linked", "LOCATION", link},
		{"Linked", "URL", link},
		{"Moment", "DTEND", ""}, // DTEND would have to be later than DTSTART
		{"Off", "STATUS", "CANCELLED"},
		{"Days", "DTSTART", day.Format("20060102")},
		{"Days", "DTEND", day.AddDate(0, 0, 2).Format("20060102")},
	} {
		if got := byTitle[c.title][c.property]; got != c.want {
			t.Errorf("%s of %s is %q, want %q", c.property, c.title, got, c.want)
		}
	}
	if !strings.Contains(string(answer.Raw), "\r\nDTSTART;VALUE=DATE:") || !strings.Contains(string(answer.Raw), "\r\nX-WR-CALNAME:Fish\\, Chips\\; \"&\" \\\\ Söhne\r\n") {
		t.Errorf("%s", answer.Raw)
	}
}

// SEQUENCE grows when a meeting's times or status change, because programs ignore an event that is not newer than
// theirs.
func TestTheSequence(t *testing.T) {
	f := testkit.NewGoogle(t)
	s := studio(t, f)
	_, ana := s.Client("ana")
	s.Client("ben")
	f.Put("m", meeting("Call", 24, "ana@example.com"))
	result(t, s, syncPath)
	feed := newFeed(t, s, ana)
	first := feed.events(t)[0]
	later := meeting("Call", 30)
	for _, c := range []struct {
		name string
		do   func()
		want string
	}{
		{"made", func() {}, "0"},
		{"nothing new", func() { f.Put("m", nil) }, "0"},
		{"another guest", func() { f.Put("m", map[string]any{"attendees": attendees("ben@example.com", "ana@example.com")}) }, "0"},
		{"later", func() { f.Put("m", map[string]any{"start": later["start"], "end": later["end"]}) }, "1"},
		{"cancelled", func() { f.Remove("m") }, "2"},
		{"still cancelled", func() { f.Put("m", map[string]any{"attendees": attendees()}) }, "2"},
		{"back", func() { f.Put("m", map[string]any{"attendees": attendees("ana@example.com")}) }, "3"},
	} {
		c.do()
		result(t, s, syncPath)
		e := feed.events(t)[0]
		if e["SEQUENCE"] != c.want || e["UID"] != first["UID"] {
			t.Errorf("%s: SEQUENCE %s of %s, want %s of %s", c.name, e["SEQUENCE"], e["UID"], c.want, first["UID"])
		}
	}
}
