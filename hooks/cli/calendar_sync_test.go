package cli

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pocketbase/pocketbase/core"
	"github.com/spf13/cobra"

	"greenroom/hooks/integrations"
	"greenroom/hooks/testkit"
)

// google is a fake that answers with one meeting in two pages while it accepts the credentials.
func google(t *testing.T, accepts *atomic.Bool) (environment map[string]string) {
	t.Helper()
	start := time.Now().Add(24 * time.Hour).UTC()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		switch {
		case r.URL.Path == "/token" && !accepts.Load():
			w.WriteHeader(http.StatusBadRequest)
			fmt.Fprint(w, `{"error":"invalid_grant"}`)
		case r.URL.Path == "/token":
			fmt.Fprint(w, `{"access_token":"a","token_type":"Bearer","expires_in":3600}`)
		case r.URL.Query().Get("pageToken") == "" && r.URL.Query().Get("syncToken") == "":
			fmt.Fprintf(w, `{"items":[{"id":"m1","status":"confirmed","summary":"Kick-off","start":{"dateTime":%q},"end":{"dateTime":%q},
				"attendees":[{"email":"nora@example.com"}]}],"nextPageToken":"2"}`, start.Format(time.RFC3339), start.Add(time.Hour).Format(time.RFC3339))
		default:
			fmt.Fprint(w, `{"items":[],"nextSyncToken":"v1"}`)
		}
	}))
	t.Cleanup(server.Close)
	return map[string]string{"GOOGLE_API_URL": server.URL, "GOOGLE_CALENDAR_ID": "james@example.com",
		"GOOGLE_CREDENTIALS": `{"type":"authorized_user","client_id":"a","client_secret":"b","refresh_token":"c"}`}
}

// firstSync waits for the sync that a server does when it starts.
func firstSync(t *testing.T, s server) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); time.Now().Before(deadline); time.Sleep(time.Millisecond) {
		if row, err := integrations.Row(s, "calendar"); err == nil && row != nil {
			return
		}
	}
	t.Fatal("the server did not sync when it started")
}

func TestCalendarSync(t *testing.T) {
	for name, withServer := range map[string]bool{"with a server": true, "without a server": false} {
		t.Run(name, func(t *testing.T) {
			dir := testkit.Dir(t)
			var accepts, heard atomic.Bool
			accepts.Store(true)
			environment := google(t, &accepts)
			if withServer {
				s := serve(t, dir, environment)
				s.OnRecordAfterCreateSuccess("bookings").BindFunc(func(e *core.RecordEvent) error { heard.Store(true); return e.Next() })
				firstSync(t, s)
			}
			app := open(t, dir, environment)
			if err := UpToDate(app); err != nil {
				t.Fatal(err)
			}
			save(t, app, "clients", map[string]any{"email": "nora@example.com", "name": "Nora"})
			sync := func(args ...string) (string, error) {
				return run([]*cobra.Command{calendarCommand(app, settings(t, environment))}, append([]string{"calendar", "sync"}, args...)...)
			}

			if out, err := sync(); err != nil || out != "1 created, 0 updated, 0 cancelled, 0 unchanged.\n" {
				t.Errorf("%q, %v", out, err)
			}
			if heard.Load() != withServer {
				t.Errorf("the server made the booking: %v, want %v", heard.Load(), withServer)
			}
			if out, err := sync("--full", "--json"); err != nil || !strings.Contains(out, `"unchanged": 1`) {
				t.Errorf("%q, %v", out, err)
			}
			if out, err := sync(); err != nil || out != "0 created, 0 updated, 0 cancelled, 0 unchanged.\n" {
				t.Errorf("%q, %v", out, err)
			}
		})
	}
}

func TestCalendarSyncSaysWhatIsWrong(t *testing.T) {
	for name, withServer := range map[string]bool{"with a server": true, "without a server": false} {
		t.Run(name, func(t *testing.T) {
			dir := testkit.Dir(t)
			var accepts atomic.Bool
			environment := google(t, &accepts)
			if withServer {
				serve(t, dir, environment)
			}
			app := open(t, dir, environment)
			if _, err := run([]*cobra.Command{calendarCommand(app, settings(t, environment))}, "calendar", "sync"); err == nil || !strings.Contains(err.Error(), "GOOGLE_CREDENTIALS") {
				t.Errorf("%v", err)
			}
		})
	}
	app := open(t, testkit.Dir(t))
	if _, err := run([]*cobra.Command{calendarCommand(app, settings(t))}, "calendar", "sync"); err == nil || !strings.Contains(err.Error(), "not set up") {
		t.Errorf("%v", err)
	}
}
