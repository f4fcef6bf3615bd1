package cli

import (
	"strings"
	"testing"
	"time"

	"github.com/pocketbase/pocketbase/tools/types"

	"greenroom/hooks/phrases"
	"greenroom/hooks/testkit"
)

// fourProjects is a studio with four projects of two clients.
func fourProjects(t *testing.T) (s *testkit.Studio, album string) {
	s = testkit.New(t, nil)
	nora := s.Make("clients", map[string]any{"name": "Nora Quinn", "email": "nora@example.com"}).Id
	gone := s.Make("clients", map[string]any{"email": "gone@example.com", "archivedAt": types.NowDateTime()}).Id
	project := func(client, title, service, status, due string) string {
		return s.Make("projects", map[string]any{"client": client, "title": title, "serviceType": service, "status": status, "dueDate": due}).Id
	}
	album = project(nora, "Album mix", "AUDIO", "IN_REVIEW", "2026-11-24 14:00:00.000Z")
	project(nora, "Remix", "PRODUCTION", "ON_HOLD", "")
	project(nora, "Old audit", "ACCESSIBILITY", "COMPLETED", "2026-07-01 13:00:00.000Z")
	project(gone, "Website", "SOFTWARE", "ACTIVE", "2026-07-01 00:00:00.000Z")
	return s, album
}

func TestProjectList(t *testing.T) {
	s, album := fourProjects(t)
	s.Make("milestones", map[string]any{"project": album, "title": "Tracking", "status": "DONE"})
	s.Make("milestones", map[string]any{"project": album, "title": "Mixing"})
	const (
		mix     = "Album mix, Nora Quinn, audio, in review, due Tuesday 24 November 2026, 14:00 (London), 1 of 2 milestones done\n"
		remix   = "Remix, Nora Quinn, production, on hold\n"
		audit   = "Old audit, Nora Quinn, accessibility, completed, due Wednesday 1 July 2026, 14:00 (London)\n"
		website = "Website, gone@example.com, software, active, due Wednesday 1 July 2026\n"
	)
	for args, want := range map[string]string{
		"":                                mix + remix,
		"--all":                           website + audit + mix + remix,
		"--client NORA@example.com":       mix + remix,
		"--client nora@example.com --all": audit + mix + remix,
		"--client gone@example.com":       website,
		"--client gone@example.com --all": website,
	} {
		if out := must(t, s.App, append([]string{"project", "list"}, strings.Fields(args)...)...); out != want {
			t.Errorf("%s: got\n%swant\n%s", args, out, want)
		}
	}
	if _, err := execute(t, s.App, "project", "list", "--client", "nobody"); err == nil || err.Error() != `no client has the email or the id "nobody"` {
		t.Errorf("nobody's: %v", err)
	}

	list := decode[[]map[string]any](t, must(t, s.App, "project", "list", "--json"))
	if len(list) != 2 {
		t.Fatalf("JSON: %v", list)
	}
	client, _ := list[0]["client"].(map[string]any)
	if client["email"] != "nora@example.com" || list[0]["id"] != album || list[0]["serviceType"] != "AUDIO" || list[0]["status"] != "IN_REVIEW" ||
		list[0]["dueDate"] != "2026-11-24T14:00:00.000Z" || list[0]["milestonesDone"] != 1.0 || list[0]["milestonesTotal"] != 2.0 || list[1]["dueDate"] != "" {
		t.Errorf("JSON: %v", list)
	}
}

func TestProjectShow(t *testing.T) {
	s, album := fourProjects(t)
	under := func(collection string, fields map[string]any) string {
		fields["project"] = album
		return s.Make(collection, fields).Id
	}
	if out, want := must(t, s.App, "project", "show", "album mix"),
		"Album mix, audio, in review, due Tuesday 24 November 2026, 14:00 (London)\nClient: Nora Quinn, nora@example.com\n"; out != want {
		t.Errorf("with nothing in it: got\n%swant\n%s", out, want)
	}

	under("milestones", map[string]any{"title": "Mastering", "sortOrder": 2, "dueDate": "2026-12-01 00:00:00.000Z"})
	mixing := under("milestones", map[string]any{"title": "Mixing", "sortOrder": 1, "status": "DONE"})
	stems := under("deliverables", map[string]any{"title": "Stems", "status": "DELIVERED"})
	under("action_items", map[string]any{"title": "Send the lyrics", "assignedTo": "client", "dueDate": "2026-11-25 09:30:00.000Z"})
	under("action_items", map[string]any{"title": "Done long ago", "assignedTo": "client", "completedAt": types.NowDateTime()})
	under("action_items", map[string]any{"title": "Book the room", "assignedTo": "james"})
	under("sessions", map[string]any{"title": "First", "date": "2024-06-01 09:00:00.000Z"})
	latest := under("sessions", map[string]any{"title": "Mix review", "date": "2024-07-02 09:00:00.000Z"})
	under("sessions", map[string]any{"title": "Still to come", "date": time.Now().Add(time.Hour).UTC().Format(types.DefaultDateLayout)})

	comment := func(field, of, who string, deleted bool) {
		t.Helper()
		fields := map[string]any{field: of, "body": "words", "authorName": who, "isJames": who == "James"}
		if deleted {
			fields["deletedAt"] = types.NowDateTime()
		}
		s.Make("comments", fields)
		time.Sleep(2 * time.Millisecond) // times are stored in milliseconds
	}
	comment("milestone", mixing, "Nora", false)
	comment("milestone", mixing, "James", false)
	comment("session", latest, "Nora", true)
	lines := "Album mix, audio, in review, due Tuesday 24 November 2026, 14:00 (London)\n" +
		"Client: Nora Quinn, nora@example.com\n" +
		"Milestone done: Mixing\n" +
		"Milestone to do: Mastering, due Tuesday 1 December 2026\n" +
		"Deliverable delivered: Stems\n" +
		"To do by Nora Quinn: Send the lyrics, due Wednesday 25 November 2026, 09:30 (London)\n" +
		"To do by James: Book the room\n" +
		"Last session: Tuesday 2 July 2024, 10:00 (London): Mix review\n"
	if out := must(t, s.App, "project", "show", album); out != lines {
		t.Errorf("answered: got\n%swant\n%s", out, lines)
	}
	comment("milestone", mixing, "Nora", false)
	comment("session", latest, "Nora", false)
	comment("session", latest, "Nora", false)
	comment("deliverable", stems, "Nora", false)
	if out, want := must(t, s.App, "project", "show", "ALBUM"), lines+"Unanswered: 3 threads\n"; out != want {
		t.Errorf("got\n%swant\n%s", out, want)
	}

	got := decode[map[string]any](t, must(t, s.App, "project", "show", album, "--json"))
	last, _ := got["lastSession"].(map[string]any)
	if got["id"] != album || got["unanswered"] != 3.0 || last["id"] != latest || last["date"] != "2024-07-02T09:00:00.000Z" || got["milestonesTotal"] != 2.0 {
		t.Errorf("JSON: %v", got)
	}
	for _, key := range []string{"milestones", "deliverables", "openActionItems"} {
		if list, _ := got[key].([]any); len(list) == 0 {
			t.Errorf("JSON: no %s", key)
		}
	}
	empty := decode[map[string]any](t, must(t, s.App, "project", "show", "remix", "--json"))
	for _, key := range []string{"milestones", "deliverables", "openActionItems"} {
		if list, ok := empty[key].([]any); !ok || len(list) != 0 {
			t.Errorf("JSON of an empty project: %s = %v", key, empty[key])
		}
	}
}

func TestWhichProjectIsMeant(t *testing.T) {
	s, album := fourProjects(t)
	second := s.Make("projects", map[string]any{"client": s.Make("clients", map[string]any{"email": "b@example.com"}).Id, "title": "Album mix 2", "serviceType": "AUDIO"}).Id
	s.Make("projects", map[string]any{"client": s.Make("clients", map[string]any{"email": "c@example.com"}).Id, "title": "“Slow Thaw”: mixing", "serviceType": "AUDIO"})
	for what, want := range map[string]string{
		"‘Slow Thaw’: m": "“Slow Thaw”: mixing", // with the quotes that pages use
		`"slow thaw"`:    "“Slow Thaw”: mixing",
		album:            "Album mix, audio", // by id
		"ALBUM MIX":      "Album mix, audio", // a whole title has precedence over a part of one
		"mix 2":          "Album mix 2",
	} {
		if out := must(t, s.App, "project", "show", what); !strings.HasPrefix(out, want) {
			t.Errorf("%s: got %s", what, out)
		}
	}
	_, err := execute(t, s.App, "project", "show", "album")
	if err == nil {
		t.Fatal("an ambiguous title was taken")
	}
	for _, want := range []string{`"album" fits 2 projects`, "Album mix for Nora Quinn (id " + album + ")", "Album mix 2 for b@example.com (id " + second + ")"} {
		if !strings.Contains(err.Error(), want) {
			t.Errorf("%q does not say %q", err, want)
		}
	}
	for _, what := range []string{"nothing", "", "%"} {
		if _, err := execute(t, s.App, "project", "show", what); err == nil || !strings.HasPrefix(err.Error(), "no project has the id") {
			t.Errorf("%q: %v", what, err)
		}
	}
}

func TestMoment(t *testing.T) {
	newYork, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	at := time.Date(2026, 11, 24, 14, 0, 0, 0, time.UTC)
	for want, zone := range map[string]*time.Location{
		"Tuesday 24 November 2026, 09:00 (New York)": newYork,
		"Tuesday 24 November 2026, 14:00 (UTC)":      time.UTC,
	} {
		if got := phrases.Moment(at, zone); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
}
