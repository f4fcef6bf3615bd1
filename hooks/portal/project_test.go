package portal_test

import (
	"reflect"
	"strings"
	"testing"
	"time"

	"greenroom/hooks/testkit"

	"github.com/pocketbase/pocketbase/core"
)

func TestProjectPage(t *testing.T) {
	r := newRoom(t)
	project := r.Project("Album", fields{"description": "Ten <songs> & \"more\"\n—", "dueDate": "2026-12-24 00:00:00.000Z"})
	in := fields{"project": project.Id}
	milestone := r.With("milestones", fields{"title": "Mix", "sortOrder": 2, "status": "ACTIVE"}, in)
	session := r.With("sessions", fields{"title": "Day one", "date": "2026-03-01 09:00:00.000Z", "durationMin": 90, "notes": "We <tuned>."}, in)
	goal := r.With("goals", fields{"title": "Play live", "targetDate": "2027-01-01 00:00:00.000Z", "completedAt": "2026-05-05 10:00:00.000Z"}, in)
	item := r.With("action_items", fields{"title": "Send stems", "assignedTo": "client"}, in)
	loose := r.With("attachments", fields{"file": testkit.TextFile("loose.txt")}, in)
	held := r.With("attachments", fields{"file": testkit.TextFile("mix.txt"), "session": session.Id}, in)
	with := r.With("deliverables", fields{"title": "Master", "status": "DELIVERED", "attachment": held.Id}, in)
	without := r.With("deliverables", fields{"title": "Cover"}, in)
	onMilestone := r.With("comments", fields{"milestone": milestone.Id, "body": "first"})
	onSession := r.With("comments", fields{"session": session.Id, "body": "second"})
	onGoal := r.With("comments", fields{"goal": goal.Id, "body": "third"})

	held = r.Reload(held) // it has become version 1 of the deliverable
	onDeliverable := r.With("comments", fields{"deliverable": with.Id, "body": "fourth"})

	byJames := fields{"mine": false}
	want := fields{
		"project":    r.Record(project),
		"milestones": []any{r.Record(milestone, fields{"comments": []any{r.Record(onMilestone, byJames)}, "olderComments": 0.0})},
		"sessions":   []any{r.Record(session, fields{"attachments": []any{r.Record(held)}, "comments": []any{r.Record(onSession, byJames)}, "olderComments": 0.0})},
		"goals":      []any{r.Record(goal, fields{"comments": []any{r.Record(onGoal, byJames)}, "olderComments": 0.0})},
		"deliverables": []any{r.Record(with, fields{"attachment": r.Record(held), "versions": []any{r.Record(held)}, "comments": []any{r.Record(onDeliverable, byJames)}, "olderComments": 0.0}),
			r.Record(without, fields{"attachment": nil, "versions": []any{}, "comments": []any{}, "olderComments": 0.0})},
		"actionItems": []any{r.Record(item)},
		"attachments": []any{r.Record(loose), r.Record(held)},
	}
	got := r.Page("projects/" + project.Id)
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

// rfc3339 returns a function that checks a time: RFC 3339 if it should be there, or else empty.
func rfc3339(t *testing.T) func(name, text string) {
	times := map[string]bool{"created": true, "updated": true, "date": true, "dueDate": true, "targetDate": true, "completedAt": true, "deliveredAt": true,
		"approvedAt": true, "editedAt": true, "deletedAt": true, "archivedAt": true, "startTime": true, "endTime": true, "cancelledAt": true}
	return func(name, text string) {
		if _, err := time.Parse(time.RFC3339, text); times[name] && text != "" && (err != nil || text[10] != 'T') {
			t.Errorf("%s is %q", name, text)
		}
	}
}

// The members of each part are listed here, so that a change of the schema which clients would see is noticed.
func TestProjectPageMembers(t *testing.T) {
	r := newRoom(t)
	project := r.Project("Album")
	in := fields{"project": project.Id}
	session := r.With("sessions", fields{"title": "Day one"}, in)
	file := r.With("attachments", fields{"file": testkit.TextFile("a.txt"), "session": session.Id}, in)
	r.With("milestones", fields{"title": "Mix"}, in)
	r.With("goals", fields{"title": "Goal"}, in)
	r.With("deliverables", fields{"title": "Master", "attachment": file.Id}, in)
	r.With("action_items", fields{"title": "Send", "assignedTo": "james"}, in)
	r.With("comments", fields{"session": session.Id, "body": "words"})
	page := r.Page("projects/" + project.Id)

	every := "id created updated client "
	attachment := every + "project session filename file url size mimeType uploadedBy authorName deliverable version sha256 durationMs lufs peakDb peaks"
	for path, want := range map[string]string{
		"":                        "project milestones sessions goals deliverables actionItems attachments",
		"project":                 every + "title description serviceType status dueDate",
		"milestones":              every + "project title description sortOrder status dueDate comments olderComments",
		"sessions":                every + "project title date durationMin notes calendarEventId attachments comments olderComments",
		"goals":                   every + "project title description targetDate completedAt authorName comments olderComments",
		"deliverables":            every + "project title description status attachment feedback deliveredAt approvedAt preview locked versions comments olderComments",
		"actionItems":             every + "project title assignedTo dueDate completedAt authorName",
		"attachments":             attachment,
		"sessions/attachments":    attachment,
		"deliverables/attachment": attachment,
		"sessions/comments":       every + "session milestone goal body isJames authorName editedAt deletedAt deliverable attachment kind timed atMs untilMs mine",
	} {
		part := any(page)
		for _, name := range strings.FieldsFunc(path, func(c rune) bool { return c == '/' }) {
			part = part.(fields)[name]
			if elements, ok := part.([]any); ok {
				part = elements[0]
			}
		}
		names := strings.Fields(want)
		for _, name := range names {
			if _, there := part.(fields)[name]; !there {
				t.Errorf("%s has no %s", path, name)
			}
		}
		if len(part.(fields)) != len(names) {
			t.Errorf("%s has %d members, not %d: %v", path, len(part.(fields)), len(names), part)
		}
	}
}

func TestEmptyProjectPage(t *testing.T) {
	r := newRoom(t)
	project := r.Project("Album")
	raw := r.Raw("projects/" + project.Id)
	for _, name := range []string{"milestones", "sessions", "goals", "deliverables", "actionItems", "attachments"} {
		if !strings.Contains(string(raw), `"`+name+`":[]`) {
			t.Errorf("%s is not an empty list: %s", name, raw)
		}
	}
	testkit.MustNotContain(t, "an empty page", raw, "null")

	in := fields{"project": project.Id}
	r.With("milestones", fields{"title": "Mix"}, in)
	r.With("sessions", fields{"title": "Day one"}, in)
	r.With("goals", fields{"title": "Goal"}, in)
	page := r.Page("projects/" + project.Id)
	for _, path := range []string{"milestones", "sessions", "goals"} {
		element := testkit.List(t, page, path)[0]
		for name, value := range element {
			if elements, ok := value.([]any); (name == "comments" || name == "attachments") && (!ok || len(elements) > 0) {
				t.Errorf("%s of %s is %v", name, path, value)
			}
		}
	}
}

func TestProjectPageOrder(t *testing.T) {
	r := newRoom(t)
	project := r.Project("Album")
	in := fields{"project": project.Id}
	add := func(collection, title, created string, more fields) *core.Record {
		more["title"] = title
		return r.Created(r.With(collection, more, in), created+" 12:00:00.000Z")
	}
	later, sooner, early := "2026-02-02", "2026-01-02", "2025-12-31"
	mix := add("milestones", "c", sooner, fields{"sortOrder": 2})
	add("milestones", "b", later, fields{"sortOrder": 1})
	add("milestones", "a", sooner, fields{"sortOrder": 1})
	add("milestones", "d", early, fields{"sortOrder": 10})
	add("sessions", "b", later, fields{"date": "2026-01-01 10:00:00.000Z"})
	add("sessions", "a", early, fields{"date": "2026-01-02 10:00:00.000Z"})
	add("sessions", "c", sooner, fields{"date": "2026-01-01 10:00:00.000Z"})
	add("goals", "b", later, fields{})
	add("goals", "a", sooner, fields{})
	add("deliverables", "b", later, fields{})
	add("deliverables", "a", sooner, fields{})
	item := func(title, created, assignedTo, dueDate, completedAt string) {
		add("action_items", title, created, fields{"assignedTo": assignedTo, "dueDate": dueDate, "completedAt": completedAt})
	}
	item("d", sooner, "client", "", "")
	item("a", later, "client", "2026-01-05 00:00:00.000Z", "")
	item("c", early, "client", "2026-03-05 00:00:00.000Z", "")
	item("b", sooner, "james", "2026-02-05 00:00:00.000Z", "")
	item("e", early, "client", "2026-01-01 00:00:00.000Z", "2026-01-01 10:00:00.000Z")
	file := func(name, created string) {
		r.Created(r.With("attachments", fields{"file": testkit.TextFile("x.txt"), "filename": name}, in), created+" 12:00:00.000Z")
	}
	file("b", later)
	file("a", sooner)
	comment := func(body, created string) {
		r.Created(r.With("comments", fields{"milestone": mix.Id, "body": body}), created+" 12:00:00.000Z")
	}
	comment("c", later)
	comment("a", early)
	comment("b", sooner)

	page := r.Page("projects/" + project.Id)
	for path, want := range map[string]string{"milestones": "a, b, c, d", "sessions": "a, b, c", "goals": "a, b", "deliverables": "a, b",
		"actionItems": "a, b, c, d, e", "attachments": "a, b"} {
		if got := testkit.Titles(t, page, path); got != want {
			t.Errorf("%s come as %s, not %s", path, got, want)
		}
	}
	for _, milestone := range testkit.List(t, page, "milestones") {
		if milestone["id"] == mix.Id {
			if got := testkit.Titles(t, milestone, "comments"); got != "a, b, c" {
				t.Errorf("the comments come as %s", got)
			}
		}
	}
}

func TestDeletedCommentsKeepTheirPlace(t *testing.T) {
	r := newRoom(t)
	project := r.Project("Album")
	milestone := r.With("milestones", fields{"project": project.Id, "title": "Mix"})
	r.With("comments", fields{"milestone": milestone.Id, "body": "before"})
	gone := r.SaveAs(r.AnaToken, "POST", "comments/records", fields{"milestone": milestone.Id, "body": "words taken back"})
	r.With("comments", fields{"milestone": milestone.Id, "body": "after"})
	r.SaveAs(r.AnaToken, "DELETE", "comments/records/"+gone["id"].(string), nil)

	raw := r.Raw("projects/" + project.Id)
	comments := testkit.List(t, testkit.List(t, testkit.Decode(t, raw), "milestones")[0], "comments")
	if len(comments) != 3 || comments[1]["id"] != gone["id"] || comments[1]["body"] != "" || comments[1]["deletedAt"] == "" {
		t.Errorf("the thread is %v", comments)
	}
	testkit.MustNotContain(t, "the page", raw, "taken back", "deletedBody")
	owner := r.Do("GET", "/api/portal/projects/"+project.Id+"?as="+r.Ana.Id, r.Owner, nil)
	testkit.MustNotContain(t, "the page as the owner sees it", owner.Raw, "taken back", "deletedBody")
}

// Of several projects with equal contents, only the one that was requested is shown.
func TestOtherProjectsStayOut(t *testing.T) {
	r := newRoom(t)
	mine := r.Project("mine")
	for _, project := range []*core.Record{mine, r.Project("other of mine"), r.Project("of Ben", fields{"client": r.Ben.Id})} {
		in, words := fields{"project": project.Id}, project.GetString("title")
		session := r.With("sessions", fields{"title": words}, in)
		file := r.With("attachments", fields{"file": testkit.TextFile("a.txt"), "filename": words, "session": session.Id}, in)
		milestone := r.With("milestones", fields{"title": words}, in)
		goal := r.With("goals", fields{"title": words}, in)
		r.With("deliverables", fields{"title": words, "attachment": file.Id}, in)
		r.With("action_items", fields{"title": words, "assignedTo": "client"}, in)
		r.With("comments", fields{"session": session.Id, "body": words})
		r.With("comments", fields{"milestone": milestone.Id, "body": words})
		r.With("comments", fields{"goal": goal.Id, "body": words})
	}
	raw := r.Raw("projects/" + mine.Id)
	testkit.MustNotContain(t, "the page", raw, "other of mine", "of Ben", r.Ben.Id)
	page := testkit.Decode(t, raw)
	for _, path := range []string{"milestones", "sessions", "goals", "deliverables", "actionItems", "attachments"} {
		if got := testkit.Titles(t, page, path); got != "mine" {
			t.Errorf("%s are %s", path, got)
		}
	}
}
