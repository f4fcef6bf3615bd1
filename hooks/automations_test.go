package hooks_test

import (
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strings"
	"testing"
	"time"

	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/plugins/jsvm"

	"greenroom/hooks"
	"greenroom/hooks/config"
	"greenroom/hooks/testkit"
	_ "greenroom/pb_migrations"
)

// hours is a studio that runs the automations of pb_hooks as they are in the repository.
type hours struct {
	t             *testing.T
	app           core.App
	url           string
	owner, client string // these are tokens
}

func TestHoursForTheBooks(t *testing.T) {
	h := startWithAutomations(t)
	h.work("Zoë & Sons", `A "live" set, remixed`, "2026-07-01 09:00:00.000Z", 25)
	h.work("abbey road", "=HYPERLINK(\"http://x\")", "2026-07-31 22:59:00.000Z", 60)
	h.work("", " @nobody", "2026-07-15 12:00:00.000Z", 0)
	wembley := h.work("Big Band", "-20 dB", "2026-06-30 23:30:00.000Z", 45) // 00:30 on 1 July in London
	h.make("sessions", map[string]any{"project": wembley.Id, "title": "Session", "date": "2026-07-20 10:00:00.000Z", "durationMin": 90, "invoice": "in_1"})
	h.session(wembley, "2026-06-30 22:59:00.000Z", 1000) // 30 June, 23:59 in London
	h.session(wembley, "2026-07-31 23:00:00.000Z", 1000) // 1 August, 00:00 in London

	answer, body := h.get("/api/studio/hours.csv?month=2026-07", h.owner)
	want := strings.Join([]string{
		`Client,Project,Minutes,To bill`,
		`abbey road,"'=HYPERLINK(""http://x"")",60,60`,
		`Big Band,'-20 dB,135,45`,
		`client2@example.com,' @nobody,0,0`,
		`Zoë & Sons,"A ""live"" set, remixed",25,25`,
		`Total,,220,130`,
	}, "\r\n") + "\r\n"
	if answer.StatusCode != 200 || body != want {
		t.Errorf("got %d\n%s\nwant\n%s", answer.StatusCode, body, want)
	}
	for name, want := range map[string]string{
		"Content-Type": "text/csv; charset=utf-8", "Content-Disposition": `attachment; filename="hours-2026-07.csv"`, "Cache-Control": "no-store",
	} {
		if got := answer.Header.Get(name); got != want {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
}

func TestHoursOfAMonthWithoutWork(t *testing.T) {
	h := startWithAutomations(t)
	h.work("Band", "Album", "2026-11-30 12:00:00.000Z", 25)
	if _, body := h.get("/api/studio/hours.csv?month=2026-12", h.owner); body != "Client,Project,Minutes,To bill\r\nTotal,,0,0\r\n" {
		t.Errorf("got %q", body)
	}
}

func TestHoursAreOfTheCurrentMonthUnlessToldOtherwise(t *testing.T) {
	h := startWithAutomations(t)
	london, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	before := time.Now()
	answer, _ := h.get("/api/studio/hours.csv", h.owner)
	name := answer.Header.Get("Content-Disposition")
	for _, at := range []time.Time{before, time.Now()} { // the month may change between the two
		if strings.Contains(name, at.In(london).Format("hours-2006-01.csv")) {
			return
		}
	}
	t.Errorf("got %q in %s", name, before.In(london).Format("2006-01"))
}

func TestHoursAreTheOwnersAlone(t *testing.T) {
	h := startWithAutomations(t)
	h.work("Band", "Secret album", "2026-07-01 09:00:00.000Z", 25)
	for who, tc := range map[string]struct {
		token string
		want  int
	}{"guest": {"", 401}, "client": {h.client, 403}} {
		answer, body := h.get("/api/studio/hours.csv?month=2026-07", tc.token)
		if answer.StatusCode != tc.want || strings.Contains(body, "Secret") {
			t.Errorf("%s: got %d %s, want %d", who, answer.StatusCode, body, tc.want)
		}
	}
}

func TestHoursRefuseWhatIsNoMonth(t *testing.T) {
	h := startWithAutomations(t)
	for _, month := range []string{"2026-13", "2026-00", "2026-1", "11-2026", "2026-11-01", "1926-11", "November", "2026-11'%20OR%20''='", "%0A2026-11"} {
		answer, body := h.get("/api/studio/hours.csv?month="+month, h.owner)
		if answer.StatusCode != 400 || !strings.Contains(body, `"Write the month as year and month, such as 2026-11."`) {
			t.Errorf("%s: got %d %s", month, answer.StatusCode, body)
		}
	}
}

// startWithAutomations runs the app as main does, with the jsvm plugin after Greenroom's own hooks.
func startWithAutomations(t *testing.T) *hours {
	t.Helper()
	c, err := config.Parse(nil)
	if err != nil {
		t.Fatal(err)
	}
	app := core.NewBaseApp(core.BaseAppConfig{DataDir: testkit.Dir(t), DataMaxOpenConns: 8, DataMaxIdleConns: 8})
	hooks.Register(app, c)
	if err := jsvm.Register(app, jsvm.Config{HooksDir: "../pb_hooks", HooksPoolSize: 1}); err != nil {
		t.Fatal(err)
	}
	if err := app.Bootstrap(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := app.ClearBootstrap(); err != nil {
			t.Error(err)
		}
	})
	h := &hours{t: t, app: app}
	h.serve()
	h.owner = h.token(core.CollectionNameSuperusers, map[string]any{"email": "another@example.com", "password": "a password of tests"})
	h.client = h.token("clients", map[string]any{"email": "client@example.com", "name": "Client"})
	return h
}

func (h *hours) serve() {
	router, err := apis.NewRouter(h.app)
	if err != nil {
		h.t.Fatal(err)
	}
	event := new(core.ServeEvent)
	event.App, event.Router, event.Server = h.app, router, &http.Server{}
	err = h.app.OnServe().Trigger(event, func(e *core.ServeEvent) error {
		mux, err := e.Router.BuildMux()
		e.Server.Handler = mux
		return err
	})
	if err != nil {
		h.t.Fatal(err)
	}
	server := httptest.NewServer(event.Server.Handler)
	h.t.Cleanup(func() {
		server.Close()
		end := new(core.TerminateEvent)
		end.App = h.app
		if err := h.app.OnTerminate().Trigger(end, func(*core.TerminateEvent) error { return nil }); err != nil {
			h.t.Error(err)
		}
	})
	h.url = server.URL
}

func (h *hours) make(collection string, fields map[string]any) *core.Record {
	h.t.Helper()
	c, err := h.app.FindCachedCollectionByNameOrId(collection)
	if err != nil {
		h.t.Fatal(err)
	}
	record := core.NewRecord(c)
	record.Load(fields)
	if err := h.app.Save(record); err != nil {
		h.t.Fatal(err)
	}
	return record
}

func (h *hours) token(collection string, fields map[string]any) string {
	h.t.Helper()
	token, err := h.make(collection, fields).NewAuthToken()
	if err != nil {
		h.t.Fatal(err)
	}
	return token
}

// work makes a client with one project and one session of it, and returns the project.
func (h *hours) work(client, project, date string, minutes int) *core.Record {
	h.t.Helper()
	n, err := h.app.CountRecords("clients")
	if err != nil {
		h.t.Fatal(err)
	}
	owner := h.make("clients", map[string]any{"name": client, "email": fmt.Sprintf("client%d@example.com", n-1)})
	p := h.make("projects", map[string]any{"client": owner.Id, "title": project, "serviceType": "AUDIO"})
	h.session(p, date, minutes)
	return p
}

func (h *hours) session(project *core.Record, date string, minutes int) {
	h.t.Helper()
	h.make("sessions", map[string]any{"project": project.Id, "title": "Session", "date": date, "durationMin": minutes})
}

func (h *hours) get(path, token string) (*http.Response, string) {
	h.t.Helper()
	request, err := http.NewRequest("GET", h.url+path, nil)
	if err != nil {
		h.t.Fatal(err)
	}
	request.Header.Set("Authorization", token)
	answer, err := http.DefaultClient.Do(request)
	if err != nil {
		h.t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil {
		h.t.Fatal(err)
	}
	return answer, string(body)
}
