package booking_test

import (
	"bufio"
	"bytes"
	"encoding/json"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/testkit"
)

// TestKill kills the server (kill -9) at each step of booking, moving and cancelling. The next server completes what
// the calendar has by then and forgets the rest; no event is made twice, and each change is mailed once.
func TestKill(t *testing.T) {
	binary := testkit.Binary(t)
	at := in(72)
	for name, c := range map[string]struct {
		booked bool   // whether there is a meeting before
		method string // of the request that is under way
		stops  string // at which answer of Google's the server is killed
		done   bool   // whether Google made the change
		events int
		state  string // of the booking afterwards
		again  int    // the status of the repeated request
		mails  int    // number of mails to both in the end
	}{
		"booking, while it asks what is free": {false, "POST", "freeBusy", false, 0, "none", 201, 2},
		"booking, before there is an event":   {false, "POST", "insert", false, 0, "none", 201, 2},
		"booking, once there is one":          {false, "POST", "insert", true, 1, "on at the old time", 200, 2},
		"moving, before the event moves":      {true, "PATCH", "patch", false, 1, "on at the old time", 200, 4},
		"moving, once it has moved":           {true, "PATCH", "patch", true, 1, "on at the new time", 200, 4},
		"cancelling, before the event goes":   {true, "DELETE", "delete", false, 1, "on at the old time", 204, 4},
		"cancelling, once it is gone":         {true, "DELETE", "delete", true, 0, "cancelled", 204, 4},
	} {
		t.Run(name, func(t *testing.T) {
			f := testkit.NewGoogle(t)
			dir := testkit.Dir(t)
			settings := environment(f, f.ServiceAccount(), always)
			var ana, path string
			t.Run("before", func(t *testing.T) {
				s := testkit.Open(t, dir, settings)
				_, ana = s.Client("ana")
				path = bookingsPath
				if c.booked {
					path = one(mustBook(t, s, ana, at, 60))
					letters(t, s, 2)
				}
			})
			first := serve(t, binary, dir, settings)
			came, goOn := make(chan struct{}), make(chan struct{})
			f.Fail(c.stops, 1, func(w http.ResponseWriter, r *http.Request) {
				if c.done {
					f.Quietly(r)
				}
				close(came)
				<-goOn
			})
			body := map[string]any{"start": wire(at), "duration": 60}
			if c.method == "PATCH" {
				body["start"] = wire(at.Add(3 * time.Hour))
			}
			go first.try(c.method, path, ana, body)
			<-came
			first.kill()
			close(goOn)
			f.Heal()

			second := serve(t, binary, dir, settings)
			second.sync()
			if len(f.Live()) != c.events {
				t.Errorf("%d events, want %d", len(f.Live()), c.events)
			}
			if got := state(t, dir, at); got != c.state {
				t.Errorf("the booking is %s, want %s", got, c.state)
			}
			if status := second.ask(c.method, path, ana, body); status != c.again {
				t.Errorf("asked again: %d, want %d", status, c.again)
			}
			second.sync()
			if count := len(f.Live()); count != map[string]int{"POST": 1, "PATCH": 1, "DELETE": 0}[c.method] {
				t.Errorf("at last %d events", count)
			}
			for deadline := time.Now().Add(time.Minute); len(mails(t, dir)) < c.mails; time.Sleep(20 * time.Millisecond) {
				if time.Now().After(deadline) {
					t.Fatalf("%d mails, want %d", len(mails(t, dir)), c.mails)
				}
			}
			second.kill()
			if got := len(mails(t, dir)); got != c.mails {
				t.Errorf("%d mails, want %d", got, c.mails)
			}
		})
	}
}

func mails(t *testing.T, dir string) []string {
	t.Helper()
	names, err := filepath.Glob(filepath.Join(dir, "outbox", "*.eml"))
	if err != nil {
		t.Fatal(err)
	}
	return names
}

// state returns the state of the only booking.
func state(t *testing.T, dir string, at time.Time) string {
	t.Helper()
	db, err := core.DefaultDBConnect(filepath.Join(dir, "data.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	var rows []struct {
		Start     string `db:"startTime"`
		Cancelled string `db:"cancelledAt"`
	}
	if err := db.Select("startTime", "cancelledAt").From("bookings").All(&rows); err != nil {
		t.Fatal(err)
	}
	switch {
	case len(rows) == 0:
		return "none"
	case len(rows) > 1:
		return "doubled"
	case rows[0].Cancelled != "":
		return "cancelled"
	case strings.Replace(rows[0].Start, " ", "T", 1) == wire(at):
		return "on at the old time"
	}
	return "on at the new time"
}

// process is the built binary serving a data directory.
type process struct {
	t       *testing.T
	command *exec.Cmd
	url     string
}

func serve(t *testing.T, binary, dir string, settings map[string]string) *process {
	t.Helper()
	address := testkit.FreeAddress(t)
	p := &process{t: t, command: exec.Command(binary, "serve", "--http", address, "--dir", dir)}
	p.command.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), "CRON_SECRET=" + cronSecret}
	for name, value := range settings {
		p.command.Env = append(p.command.Env, name+"="+value)
	}
	output, err := p.command.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	p.command.Stderr = os.Stderr
	if err := p.command.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(p.kill)
	lines := bufio.NewScanner(output)
	for p.url == "" && lines.Scan() {
		if strings.Contains(lines.Text(), "Server started at") {
			p.url = "http://" + address
		}
	}
	go func() { _, _ = io.Copy(io.Discard, output) }()
	if p.url == "" {
		t.Fatal("the server did not start")
	}
	return p
}

const cronSecret = "a secret of the scheduler of these tests"

func (p *process) kill() {
	if p.command.ProcessState == nil {
		_ = p.command.Process.Kill()
		_ = p.command.Wait()
	}
}

// try sends a request and returns the status; 0 if there is no answer.
func (p *process) try(method, path, token string, body any) int {
	content, err := json.Marshal(body)
	if err != nil {
		return 0
	}
	request, err := http.NewRequest(method, p.url+path, bytes.NewReader(content))
	if err != nil {
		return 0
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Authorization", token)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0
	}
	defer response.Body.Close()
	return response.StatusCode
}

func (p *process) ask(method, path, token string, body any) int {
	p.t.Helper()
	status := p.try(method, path, token, body)
	if status == 0 {
		p.t.Fatalf("%s %s: no answer", method, path)
	}
	return status
}

// sync runs a sync with the calendar.
func (p *process) sync() {
	p.t.Helper()
	if status := p.ask("POST", "/api/portal/calendar/sync", "Bearer "+cronSecret, nil); status != 200 {
		p.t.Fatalf("sync: %d", status)
	}
}
