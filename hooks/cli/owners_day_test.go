package cli

import (
	"bytes"
	"context"
	"io"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"greenroom/hooks/phrases"
	"greenroom/hooks/testkit"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/router"
	"github.com/spf13/cobra"
)

// typed runs a command with the text as its standard input.
func typed(t *testing.T, app core.App, input string, args ...string) (out string, err error) {
	t.Helper()
	c := settings(t)
	var written bytes.Buffer
	root := &cobra.Command{Use: "greenroom", SilenceErrors: true, SilenceUsage: true}
	root.AddCommand(briefCommand(app, c), noteCommand(app, c), commentCommand(app), milestoneCommand(app), deliverCommand(app), marksCommand(app), projectCommand(app, c))
	root.SetIn(strings.NewReader(input))
	root.SetOut(&written)
	root.SetErr(io.Discard)
	root.SetArgs(args)
	err = root.ExecuteContext(context.Background())
	return written.String(), err
}

// album makes a client and a project with a milestone, a session and a goal.
func album(t *testing.T, dir string) (app core.App, client, project *core.Record) {
	t.Helper()
	app = open(t, dir)
	if err := UpToDate(app); err != nil {
		t.Fatal(err)
	}
	client = save(t, app, "clients", map[string]any{"name": "Nora Quinn", "email": "nora@example.com"})
	project = save(t, app, "projects", map[string]any{"client": client.Id, "title": "Live album", "serviceType": "AUDIO"})
	save(t, app, "milestones", map[string]any{"project": project.Id, "title": "First mix", "sortOrder": 1})
	save(t, app, "sessions", map[string]any{"project": project.Id, "title": "Listening"})
	save(t, app, "goals", map[string]any{"project": project.Id, "title": "Second single"})
	return app, client, project
}

func TestTheOwnersDay(t *testing.T) {
	for name, withServer := range map[string]bool{"with a server": true, "without a server": false} {
		t.Run(name, func(t *testing.T) {
			dir := testkit.Dir(t)
			if withServer {
				serve(t, dir)
			}
			app, client, project := album(t, dir)
			for _, step := range []struct {
				input string
				args  []string
				want  string
			}{
				{"", []string{"milestone", "done", "album", "first"}, "First mix is done, Live album.\n"},
				{"", []string{"milestone", "done", "album", "first"}, "First mix is done already.\n"},
				{"", []string{"milestone", "reopen", "album", "first"}, "First mix is to do, Live album.\n"},
				{"", []string{"milestone", "add", project.Id, "Second mix", "--due", "2026-12-24"}, "Added Second mix to Live album.\n"},
				{"Mix 3 is up.\n", []string{"comment", "album", "second single"}, "Written about Second single, Live album.\n"},
				{"", []string{"project", "add", "nora@example.com", "Tour", "--service", "musician"}, "Added Tour for Nora Quinn.\n"},
			} {
				if out, err := typed(t, app, step.input, step.args...); err != nil || out != step.want {
					t.Errorf("%v: %q, %v", step.args, out, err)
				}
			}
			out, err := typed(t, app, "  We listened.\n\nTwice.\n", "note", "album", "--title", "Mix review", "--minutes", "45")
			if err != nil || !strings.HasPrefix(out, "Saved the notes of Mix review, ") {
				t.Errorf("%q, %v", out, err)
			}
			session, err := app.FindFirstRecordByData("sessions", "title", "Mix review")
			if err != nil || session.GetString("notes") != "We listened.\n\nTwice." || session.GetInt("durationMin") != 45 || session.GetString("client") != client.Id {
				t.Errorf("%v, %v", session, err)
			}
			said, err := app.FindFirstRecordByData("comments", "body", "Mix 3 is up.")
			if err != nil || !said.GetBool("isJames") || said.GetString("authorName") != "James" {
				t.Errorf("%v, %v", said, err)
			}
			if n, err := app.CountRecords("milestones", dbx.HashExp{"title": "Second mix", "sortOrder": 2}); n != 1 || err != nil {
				t.Errorf("%d such milestones, %v", n, err)
			}
		})
	}
}

func TestMistakesOfTheOwnersDayAreOneSentence(t *testing.T) {
	app, _, _ := album(t, testkit.Dir(t))
	for want, args := range map[string][]string{
		`no project has the id "tour" or a title with it`:                                  {"note", "tour"},
		`no thread has the id "third" or a title with it`:                                  {"comment", "album", "third"},
		`nothing was written, so nothing is saved`:                                         {"comment", "album", "second single"},
		`no milestone has the id "third" or a title with it`:                               {"milestone", "done", "album", "third"},
		`--service says which service it is: software, accessibility, audio`:               {"project", "add", "nora@example.com", "Tour"},
		`no client has the email or the id "ben@example.com"`:                              {"project", "add", "ben@example.com", "Tour", "--service", "audio"},
		`invalid argument "tomorrow" for "--due" flag: write a day as 2026-12-24`:          {"milestone", "add", "album", "x", "--due", "tomorrow"},
		`greenroom milestone done takes two arguments: the project and the milestone; put`: {"milestone", "done", "album"},
	} {
		if _, err := typed(t, app, " \n", args...); err == nil || !strings.HasPrefix(err.Error(), want) || strings.Contains(err.Error(), "\n") {
			t.Errorf("%v: %v", args, err)
		}
	}
}

func TestWordsThatCannotBeSavedAreKept(t *testing.T) {
	dir := testkit.Dir(t)
	app, _, _ := album(t, dir)
	app.OnRecordCreate("sessions").BindFunc(func(e *core.RecordEvent) error { return router.NewBadRequestError("No.", nil) })
	_, err := typed(t, app, "A long night's words.", "note", "album")
	if err == nil {
		t.Fatal("nothing was refused")
	}
	files, globErr := filepath.Glob(filepath.Join(dir, "unsaved-*.md"))
	if globErr != nil || len(files) != 1 || !strings.Contains(err.Error(), files[0]) {
		t.Fatalf("%v, %v: %v", files, globErr, err)
	}
	if content, err := os.ReadFile(files[0]); err != nil || string(content) != "A long night's words.\n" {
		t.Errorf("%q, %v", content, err)
	}
}

func TestBrief(t *testing.T) {
	app, client, project := album(t, testkit.Dir(t))
	today := time.Now().UTC().Truncate(24 * time.Hour)
	if out, err := typed(t, app, "", "brief"); err != nil || !strings.HasSuffix(out, "\nNothing needs you today.\n") {
		t.Errorf("%q, %v", out, err)
	}
	goal, err := app.FindFirstRecordByData("goals", "title", "Second single")
	if err != nil {
		t.Fatal(err)
	}
	save(t, app, "comments", map[string]any{"goal": goal.Id, "body": "Shall \x1b[2Kwe?\nOr not?", "authorName": "Nora Quinn"})
	save(t, app, "action_items", map[string]any{"project": project.Id, "title": "Send stems", "assignedTo": "client", "dueDate": today.AddDate(0, 0, -1)})
	save(t, app, "action_items", map[string]any{"project": project.Id, "title": "Book studio", "assignedTo": "james", "dueDate": today.AddDate(0, 0, 2)})
	save(t, app, "action_items", map[string]any{"project": project.Id, "title": "Done", "assignedTo": "james", "dueDate": today, "completedAt": today})
	save(t, app, "deliverables", map[string]any{"project": project.Id, "title": "Mix 3", "status": "DELIVERED"})
	save(t, app, "deliverables", map[string]any{"project": project.Id, "title": "Mix 2", "status": "IN_PROGRESS", "feedback": "Less bass"})
	start := time.Now().Add(time.Hour)
	save(t, app, "bookings", map[string]any{"client": client.Id, "calendarEventId": "m1", "title": "Review", "startTime": start, "endTime": start.Add(time.Hour)})
	save(t, app, "bookings", map[string]any{"client": client.Id, "calendarEventId": "m2", "title": "Off", "startTime": start, "endTime": start.Add(time.Hour), "cancelledAt": start})
	over := time.Now().Add(-2 * time.Hour)
	save(t, app, "bookings", map[string]any{"client": client.Id, "calendarEventId": "m3", "title": "Kick-off", "startTime": over, "endTime": over.Add(time.Hour)})

	zone := settings(t).Timezone
	day := func() string { return time.Now().In(zone).Format("Monday 2 January 2006") }
	before := day()
	out, err := typed(t, app, "", "brief")
	if err != nil {
		t.Fatal(err)
	}
	if !strings.HasPrefix(out, before) {
		before = day() // midnight has passed meanwhile
	}
	want := strings.Join([]string{
		before, "",
		"Unanswered, 1", "Nora Quinn: Shall [2Kwe? …, Second single, Live album", "",
		"Asked to be changed, 1", "Mix 2: Less bass, Nora Quinn, Live album", "",
		"Overdue, 1", "Send stems, due " + today.AddDate(0, 0, -1).Format("Monday 2 January 2006") + ", by Nora Quinn, Live album", "",
		"Due this week, 1", "Book studio, due " + today.AddDate(0, 0, 2).Format("Monday 2 January 2006") + ", yours, for Nora Quinn, Live album", "",
		"Meetings without notes, 1", "Kick-off, Nora Quinn, " + phrases.Moment(over, zone), "",
		"Next meetings, 1", "Review, Nora Quinn, " + phrases.Moment(start, zone), "",
		"Waiting for approval, 1", "Mix 3, Nora Quinn, Live album", "",
	}, "\n")
	if out != want {
		t.Errorf("got\n%s\nwant\n%s", out, want)
	}
}
