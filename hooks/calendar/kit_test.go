package calendar_test

import (
	"encoding/json"
	"fmt"
	"io"
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/testkit"
)

const (
	cronSecret = "a secret of the scheduler of these tests"
	syncPath   = "/api/portal/calendar/sync"
)

// patience is longer than anything takes here that ends by itself.
const patience = time.Minute

// studio starts a studio with the fake Google, and waits for its first sync.
func studio(t testing.TB, f *testkit.Google, more ...map[string]string) *testkit.Studio {
	t.Helper()
	environment := f.Environment()
	environment["CRON_SECRET"] = cronSecret
	for _, m := range more {
		maps.Copy(environment, m)
	}
	s := testkit.New(t, environment)
	result(t, s, syncPath)
	f.Asked()
	return s
}

// result runs a sync and returns its counts: created, updated, cancelled, unchanged.
func result(t testing.TB, s *testkit.Studio, path string) [4]int {
	t.Helper()
	answer := s.Do("POST", path, s.Owner, nil)
	if answer.Status != 200 {
		t.Fatalf("%d %s", answer.Status, answer.Raw)
	}
	var r struct{ Created, Updated, Cancelled, Unchanged int }
	if err := json.Unmarshal(answer.Raw, &r); err != nil {
		t.Fatal(err)
	}
	return [4]int{r.Created, r.Updated, r.Cancelled, r.Unchanged}
}

// meeting returns the fields of an event with guests that begins in so many hours.
func meeting(title string, inHours float64, guests ...string) map[string]any {
	start := time.Now().UTC().Truncate(time.Minute).Add(time.Duration(inHours * float64(time.Hour)))
	return map[string]any{"summary": title, "start": at(start), "end": at(start.Add(45 * time.Minute)), "attendees": attendees(guests...)}
}

func at(t time.Time) map[string]any {
	return map[string]any{"dateTime": t.Format(time.RFC3339), "timeZone": "Europe/London"}
}

func attendees(addresses ...string) []any {
	out := []any{map[string]any{"email": testkit.GoogleCalendar, "self": true, "organizer": true, "responseStatus": "accepted"}}
	for _, a := range addresses {
		out = append(out, map[string]any{"email": a, "responseStatus": "needsAction"})
	}
	return out
}

// bookings returns the studio's bookings, one line each, ordered by id.
func bookings(t testing.TB, s *testkit.Studio) (lines []string) {
	t.Helper()
	all, err := s.App.FindAllRecords("bookings")
	if err != nil {
		t.Fatal(err)
	}
	names := map[string]string{}
	clients, err := s.App.FindAllRecords("clients")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range clients {
		names[c.Id] = c.GetString("name")
	}
	for _, b := range all {
		lines = append(lines, line(names, b))
	}
	slices.Sort(lines)
	return lines
}

func line(names map[string]string, b *core.Record) string {
	state := "on"
	if b.GetString("cancelledAt") != "" {
		state = "cancelled"
	}
	id := b.GetString("calendarEventId")
	if event, client, further := cutGuest(id); further {
		id = event + "~" + names[client]
	}
	return fmt.Sprintf("%s: %s, %s, %s, %s", id, names[b.GetString("client")], b.GetString("title"), state, b.GetString("meetUrl"))
}

func cutGuest(id string) (event, client string, further bool) { return strings.Cut(id, "~") }

// wants compares lines.
func wants(t testing.TB, got []string, want ...string) {
	t.Helper()
	if !slices.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", strings.Join(got, "\n"), strings.Join(want, "\n"))
	}
}

// row reads a row of integrations by name.
func row(t testing.TB, s *testkit.Studio, name string) (state, cursor, trouble string) {
	t.Helper()
	record, err := s.App.FindFirstRecordByData("integrations", "name", name)
	if err != nil {
		t.Fatalf("the row %s: %v", name, err)
	}
	return record.GetString("state"), record.GetString("cursor"), record.GetString("lastError")
}

// written counts the changes to the database since it was opened. It asks the one connection that writes.
func written(t testing.TB, s *testkit.Studio) (count int) {
	t.Helper()
	if err := s.App.NonconcurrentDB().NewQuery("SELECT total_changes()").Row(&count); err != nil {
		t.Fatal(err)
	}
	return count
}

// content returns everything in the database, a line for each row.
func content(t testing.TB, s *testkit.Studio) string {
	t.Helper()
	var out strings.Builder
	for _, table := range []string{"clients", "bookings", "sessions", "integrations"} {
		var rows []dbx.NullStringMap
		if err := s.App.DB().Select("*").From(table).OrderBy("id").All(&rows); err != nil {
			t.Fatal(err)
		}
		for _, row := range rows {
			line, err := json.Marshal(row)
			if err != nil {
				t.Fatal(err)
			}
			fmt.Fprintln(&out, table, string(line))
		}
	}
	return out.String()
}

// withoutCursors removes the lines that hold positions of syncs.
func withoutCursors(content string) string {
	var lines []string
	for line := range strings.Lines(content) {
		if !strings.HasPrefix(line, "integrations ") {
			lines = append(lines, line)
		}
	}
	return strings.Join(lines, "")
}

// change saves fields of a record as a program would.
func change(t testing.TB, s *testkit.Studio, record *core.Record, fields map[string]any) {
	t.Helper()
	record = s.Reload(record)
	record.Load(fields)
	if err := s.App.Save(record); err != nil {
		t.Fatal(err)
	}
}

func read(t testing.TB, response *http.Response) testkit.Answer {
	t.Helper()
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return testkit.Answer{Status: response.StatusCode, Header: response.Header, Raw: raw}
}

// day is the date so many days from today.
func day(ahead int) string { return time.Now().AddDate(0, 0, ahead).Format(time.DateOnly) }
