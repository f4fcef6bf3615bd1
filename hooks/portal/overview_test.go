package portal_test

import (
	"fmt"
	"reflect"
	"testing"
	"time"

	"greenroom/hooks/testkit"

	"github.com/pocketbase/pocketbase/core"
)

func TestEmptyOverview(t *testing.T) {
	r := newRoom(t)
	want := fields{
		"client": r.Record(r.Ana, fields{"hasFeed": false}), "counts": fields{"activeProjects": 0.0, "sessions": 0.0}, "nextBooking": nil,
		"waiting":  fields{"deliverables": []any{}, "actionItems": []any{}, "comments": []any{}},
		"projects": []any{}, "latestSessions": []any{},
	}
	if got := r.Page("overview"); !reflect.DeepEqual(got, want) {
		t.Errorf("the overview is\n%v, not\n%v", got, want)
	}
}

func TestOverview(t *testing.T) {
	r := newRoom(t)
	project := r.Project("Album")
	in, of := fields{"project": project.Id}, fields{"projectTitle": "Album"}
	done := r.With("milestones", fields{"title": "Mix", "status": "DONE"}, in)
	r.With("milestones", fields{"title": "Master", "status": "ACTIVE"}, in)
	session := r.With("sessions", fields{"title": "Day one", "notes": "Notes"}, in)
	item := r.With("action_items", fields{"title": "Send stems", "assignedTo": "client"}, in)
	file := r.With("attachments", fields{"file": testkit.TextFile("mix.txt")}, in)
	deliverable := r.With("deliverables", fields{"title": "Mix", "status": "DELIVERED", "attachment": file.Id}, in)
	comment := r.With("comments", fields{"milestone": done.Id, "body": "And?"})
	booking := r.booking("Call", time.Hour)
	ofBen := r.Project("Ben's", fields{"client": r.Ben.Id})
	r.With("sessions", fields{"title": "Ben's", "project": ofBen.Id})
	r.With("action_items", fields{"title": "Ben's", "project": ofBen.Id, "assignedTo": "client"})
	r.With("deliverables", fields{"title": "Ben's", "project": ofBen.Id, "status": "DELIVERED"})
	r.With("comments", fields{"milestone": r.With("milestones", fields{"title": "Ben's", "project": ofBen.Id}).Id, "body": "Ben's"})

	want := fields{
		"client": r.Record(r.Ana, fields{"hasFeed": false}), "counts": fields{"activeProjects": 1.0, "sessions": 1.0}, "nextBooking": r.Record(booking),
		"waiting": fields{
			"deliverables": []any{r.Record(deliverable, of)},
			"actionItems":  []any{r.Record(item, of)},
			"comments":     []any{r.Record(comment, of, in)},
		},
		"projects":       []any{r.Record(project, fields{"milestonesDone": 1.0, "milestonesTotal": 2.0})},
		"latestSessions": []any{r.Record(session, of)},
	}
	got := r.Page("overview")
	for name := range got {
		if !reflect.DeepEqual(got[name], want[name]) {
			t.Errorf("%s is\n%v, not\n%v", name, got[name], want[name])
		}
	}
	if len(got) != len(want) {
		t.Errorf("%d members, not %d: %v", len(got), len(want), got)
	}
	testkit.EachText(got, "", rfc3339(t))
}

func TestNextBooking(t *testing.T) {
	type booking struct {
		title     string
		starts    float64 // hours from now
		cancelled bool
	}
	cases := []struct {
		name     string
		bookings []booking
		want     string
	}{
		{"none", nil, ""},
		{"past ones only", []booking{{"past", -2, false}}, ""},
		{"cancelled ones only", []booking{{"cancelled", 2, true}}, ""},
		{"the soonest", []booking{{"later", 48, false}, {"sooner", 24, false}, {"last", 72, false}}, "sooner"},
		{"the soonest that is on", []booking{{"cancelled", 1, true}, {"past", -3, false}, {"on", 24, false}}, "on"},
		{"the one that goes on now", []booking{{"now", -0.5, false}, {"next", 1, false}}, "now"},
	}
	r := newRoom(t)
	for _, c := range cases {
		t.Run(c.name, func(t *testing.T) {
			r.clear("bookings")
			for _, b := range c.bookings {
				cancelledAt := ""
				if b.cancelled {
					cancelledAt = testkit.Away(-time.Hour)
				}
				r.booking(b.title, duration(b.starts), fields{"cancelledAt": cancelledAt})
			}
			next, _ := r.Page("overview")["nextBooking"].(fields)
			if title, _ := next["title"].(string); title != c.want {
				t.Errorf("the next booking is %q, not %q", title, c.want)
			}
		})
	}
}

// The threads whose last comment is the owner's wait for the client.
func TestWaitingComments(t *testing.T) {
	cases := []struct {
		name   string
		thread string // authors in order: J the owner, c the client; an x means that the comment was deleted later
		waits  bool
	}{
		{"nothing", "", false},
		{"James", "J", true},
		{"the client", "c", false},
		{"answered", "Jc", false},
		{"asked again", "JcJ", true},
		{"the answer taken back", "Jcx", true},
		{"the question taken back", "cJx", false},
		{"all taken back", "Jxcx", false},
		{"James twice, the client between taken back", "JcxJ", true},
	}
	for _, parent := range []struct{ collection, relation string }{{"sessions", "session"}, {"milestones", "milestone"}, {"goals", "goal"}} {
		r := newRoom(t)
		project, threads := r.Project("Album"), 0
		for i, c := range cases {
			if c.waits {
				threads++
			}
			t.Run(parent.relation+"/"+c.name, func(t *testing.T) {
				of := r.With(parent.collection, fields{"title": c.name, "project": project.Id})
				last := r.thread(parent.relation, of, c.thread, i)
				var waiting []string
				for _, comment := range testkit.List(t, r.Page("overview"), "waiting.comments") {
					if comment[parent.relation] == of.Id {
						waiting = append(waiting, comment["id"].(string))
						if comment["project"] != project.Id || comment["projectTitle"] != "Album" {
							t.Errorf("it says it is in %v", comment)
						}
					}
				}
				if c.waits && !reflect.DeepEqual(waiting, []string{last}) {
					t.Errorf("what waits is %v, not %s", waiting, last)
				}
				if !c.waits && len(waiting) > 0 {
					t.Errorf("it waits")
				}
			})
		}
		if waiting := testkit.List(t, r.Page("overview"), "waiting.comments"); len(waiting) != threads {
			t.Errorf("%d threads of a %s wait, not %d", len(waiting), parent.relation, threads)
		}
	}
}

// thread writes comments a minute apart, and returns the last one of the owner's that was not deleted.
func (r *room) thread(relation string, of *core.Record, who string, day int) (last string) {
	r.T.Helper()
	var latest *core.Record
	for i, c := range who {
		at := fmt.Sprintf("2026-01-%02d 10:%02d:00.000Z", day+1, i)
		switch {
		case c == 'x':
			latest = r.Reload(latest)
			latest.Set("deletedAt", "2026-02-01 00:00:00.000Z")
			if err := r.App.Save(latest); err != nil {
				r.T.Fatal(err)
			}
		case c == 'J':
			latest = r.Created(r.With("comments", fields{relation: of.Id, "body": "J"}), at)
			if !(len(who) > i+1 && who[i+1] == 'x') {
				last = latest.Id
			}
		default:
			latest = r.Created(r.With("comments", fields{relation: of.Id, "body": "c", "authorName": "Ana"}), at)
		}
	}
	return last
}

func TestWaitingByStatus(t *testing.T) {
	r := newRoom(t)
	for status, waits := range map[string]bool{"ACTIVE": true, "IN_REVIEW": true, "COMPLETED": false, "ON_HOLD": false} {
		t.Run(status, func(t *testing.T) {
			in := fields{"project": r.Project(status, fields{"status": status}).Id}
			for _, deliverable := range []string{"PENDING", "IN_PROGRESS", "DELIVERED", "APPROVED"} {
				r.With("deliverables", fields{"title": deliverable, "status": deliverable}, in)
			}
			r.With("action_items", fields{"title": "to do", "assignedTo": "client"}, in)
			r.With("action_items", fields{"title": "done", "assignedTo": "client", "completedAt": testkit.Away(-time.Hour)}, in)
			r.With("action_items", fields{"title": "James's", "assignedTo": "james"}, in)
			r.With("comments", fields{"goal": r.With("goals", fields{"title": "Goal"}, in).Id, "body": "And?"})

			page := r.Page("overview")
			for path, want := range map[string]string{"waiting.deliverables": "DELIVERED", "waiting.actionItems": "to do", "waiting.comments": "And?"} {
				got := ""
				for _, element := range testkit.List(t, page, path) {
					if element["projectTitle"] == status {
						got += testkit.Titles(t, fields{"one": []any{element}}, "one")
					}
				}
				if !waits {
					want = ""
				}
				if got != want {
					t.Errorf("%s are %q, not %q", path, got, want)
				}
			}
			active := false
			for _, project := range testkit.List(t, page, "projects") {
				active = active || project["title"] == status
			}
			if active != (status == "ACTIVE") {
				t.Errorf("it is among the active projects: %v", active)
			}
		})
	}
	if counts := r.Page("overview")["counts"].(fields); counts["activeProjects"] != 1.0 {
		t.Errorf("the counts are %v", counts)
	}
}

func TestOverviewOrder(t *testing.T) {
	r := newRoom(t)
	at := func(day int) string { return fmt.Sprintf("2026-01-%02d 10:00:00.000Z", day) }
	first := r.Created(r.Project("c"), at(3))
	r.Created(r.Project("b", fields{"dueDate": at(20)}), at(1))
	r.Created(r.Project("a", fields{"dueDate": at(10)}), at(2))
	r.Created(r.Project("d"), at(4))
	in := fields{"project": first.Id}
	for i, title := range []string{"f", "e", "d", "c", "b", "a"} { // titles of sessions, latest first; five are shown
		r.With("sessions", fields{"title": title, "date": at(i + 1)}, in)
	}
	for i, title := range []string{"c", "a", "b"} {
		r.With("deliverables", fields{"title": title, "status": "DELIVERED", "deliveredAt": at([]int{9, 1, 5}[i])}, in)
		r.With("action_items", fields{"title": title, "assignedTo": "client", "dueDate": []string{"", at(1), at(2)}[i]}, in)
		r.Created(r.With("comments", fields{"goal": r.With("goals", fields{"title": title}, in).Id, "body": title}), at([]int{1, 3, 2}[i]))
	}
	page := r.Page("overview")
	for path, want := range map[string]string{"projects": "a, b, c, d", "latestSessions": "a, b, c, d, e", "waiting.deliverables": "a, b, c",
		"waiting.actionItems": "a, b, c", "waiting.comments": "a, b, c"} {
		if got := testkit.Titles(t, page, path); got != want {
			t.Errorf("%s come as %s, not %s", path, got, want)
		}
	}
	if counts := page["counts"].(fields); counts["sessions"] != 6.0 || counts["activeProjects"] != 4.0 {
		t.Errorf("the counts are %v", counts)
	}
}
