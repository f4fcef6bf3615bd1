package hooks_test

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"strings"
	"testing"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/filesystem"

	"greenroom/hooks/testkit"
)

// household is a client with one record of everything, every text of which begins with the client's secret word.
type household struct {
	client  *core.Record
	token   string
	secret  string
	records map[string]*core.Record // by collection; comments and attachments have the client's own here
	james   map[string]*core.Record // what James wrote, uploaded, or has to do, where the client has the other kind
}

func newHousehold(t testing.TB, s *testkit.Studio, name string) *household {
	t.Helper()
	h := &household{secret: name + "-secret", records: map[string]*core.Record{}, james: map[string]*core.Record{}}
	text := func(what string) string { return h.secret + " " + what }
	h.client = s.Make("clients", map[string]any{"email": name + "-secret@example.com", "name": text("name"), "company": text("company"),
		"stripeCustomerId": h.secret + "-cus", "clerkId": h.secret + "-clerk"})
	h.token = token(t, h.client)
	h.records["clients"] = h.client

	project := s.Make("projects", map[string]any{"client": h.client.Id, "title": text("project"), "description": text("description"), "serviceType": "AUDIO"})
	under := func(collection string, fields map[string]any) *core.Record {
		fields["project"] = project.Id
		return s.Make(collection, fields)
	}
	h.records["projects"] = project
	h.records["milestones"] = under("milestones", map[string]any{"title": text("milestone"), "description": text("description"), "sortOrder": 1})
	h.records["sessions"] = under("sessions", map[string]any{"title": text("session"), "notes": text("notes"), "durationMin": 30, "calendarEventId": h.secret + "-event"})
	h.records["goals"] = under("goals", map[string]any{"title": text("goal"), "description": text("description")})
	h.records["action_items"] = under("action_items", map[string]any{"title": text("item"), "assignedTo": "client"})
	h.james["action_items"] = under("action_items", map[string]any{"title": text("item of James"), "assignedTo": "james"})
	h.records["attachments"] = under("attachments", map[string]any{"file": file(t, h.secret), "uploadedBy": "client", "filename": text("file")})
	h.james["attachments"] = under("attachments", map[string]any{"file": file(t, h.secret), "filename": text("file of James"), "session": h.records["sessions"].Id})
	h.records["deliverables"] = under("deliverables", map[string]any{"title": text("deliverable"), "description": text("description"),
		"status": "DELIVERED", "attachment": h.james["attachments"].Id})
	h.records["comments"] = s.Make("comments", map[string]any{"milestone": h.records["milestones"].Id, "body": text("comment"), "authorName": text("name")})
	h.james["comments"] = s.Make("comments", map[string]any{"session": h.records["sessions"].Id, "body": text("words of James")})
	h.records["bookings"] = s.Make("bookings", map[string]any{"client": h.client.Id, "calendarEventId": h.secret + "-booking", "title": text("booking"),
		"startTime": "2027-01-01 10:00:00Z", "endTime": "2027-01-01 11:00:00Z", "meetUrl": "https://example.com/" + h.secret})
	return h
}

func token(t testing.TB, record *core.Record) string {
	t.Helper()
	token, err := record.NewAuthToken()
	if err != nil {
		t.Fatal(err)
	}
	return token
}

func file(t testing.TB, content string) *filesystem.File {
	t.Helper()
	f, err := filesystem.NewFileFromBytes([]byte(content), "take.txt")
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// upload is a form with one file and the given fields.
func upload(t testing.TB, content string, fields map[string]string) (contentType string, body *bytes.Buffer) {
	t.Helper()
	body = new(bytes.Buffer)
	form := multipart.NewWriter(body)
	part, err := form.CreateFormFile("file", "take.txt")
	if err == nil {
		_, err = part.Write([]byte(content))
	}
	for name, value := range fields {
		if err == nil {
			err = form.WriteField(name, value)
		}
	}
	if err == nil {
		err = form.Close()
	}
	if err != nil {
		t.Fatal(err)
	}
	return form.FormDataContentType(), body
}

// archive ends a client's access and gives the token that they had.
func archive(t testing.TB, s *testkit.Studio, h *household) {
	t.Helper()
	answer := s.Do("PATCH", "/api/collections/clients/records/"+h.client.Id, s.Owner, map[string]any{"archivedAt": "2026-01-01 00:00:00Z"})
	if answer.Status != 200 {
		t.Fatalf("archive: %d %s", answer.Status, answer.Raw)
	}
}

// row is everything that the database holds of a record.
func row(t testing.TB, s *testkit.Studio, record *core.Record) map[string]string {
	t.Helper()
	fresh := s.Reload(record)
	out := map[string]string{}
	for _, field := range fresh.Collection().Fields {
		out[field.GetName()] = fmt.Sprint(fresh.GetRaw(field.GetName()))
	}
	out["password"] = fresh.GetString("password:hash")
	return out
}

// exists tells whether a record is still in the database.
func exists(s *testkit.Studio, record *core.Record) bool {
	_, err := s.App.FindRecordById(record.Collection(), record.Id)
	return err == nil
}

func recordPath(record *core.Record) string {
	return "/api/collections/" + record.Collection().Name + "/records/" + record.Id
}

func leaks(answer testkit.Answer, secret string) bool {
	return strings.Contains(string(answer.Raw), secret)
}
