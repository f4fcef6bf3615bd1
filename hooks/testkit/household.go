package testkit

import (
	"bytes"
	"fmt"
	"mime/multipart"
	"strings"
	"testing"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/filesystem"
)

// Household is a client with one record of each collection. Every text of them begins with the client's secret word, so
// that a leak can be found in an answer.
type Household struct {
	Client  *core.Record
	Token   string
	Secret  string
	Records map[string]*core.Record // by collection; comments and attachments are the client's own
	// James's record where Records has the client's: comments, attachments and action items.
	James map[string]*core.Record
}

// NewHousehold makes a client with the name and their records.
func NewHousehold(t testing.TB, s *Studio, name string) *Household {
	t.Helper()
	h := &Household{Secret: name + "-secret", Records: map[string]*core.Record{}, James: map[string]*core.Record{}}
	text := func(what string) string { return h.Secret + " " + what }
	h.Client = s.Make("clients", map[string]any{"email": name + "-secret@example.com", "name": text("name"), "company": text("company"),
		"stripeCustomerId": h.Secret + "-cus", "clerkId": h.Secret + "-clerk"})
	h.Token = Token(t, h.Client)
	h.Records["clients"] = h.Client

	project := s.Make("projects", map[string]any{"client": h.Client.Id, "title": text("project"), "description": text("description"), "serviceType": "AUDIO"})
	under := func(collection string, fields map[string]any) *core.Record {
		fields["project"] = project.Id
		return s.Make(collection, fields)
	}
	h.Records["projects"] = project
	h.Records["milestones"] = under("milestones", map[string]any{"title": text("milestone"), "description": text("description"), "sortOrder": 1})
	h.Records["sessions"] = under("sessions", map[string]any{"title": text("session"), "notes": text("notes"), "durationMin": 30, "calendarEventId": h.Secret + "-event"})
	h.Records["goals"] = under("goals", map[string]any{"title": text("goal"), "description": text("description")})
	h.Records["action_items"] = under("action_items", map[string]any{"title": text("item"), "assignedTo": "client"})
	h.James["action_items"] = under("action_items", map[string]any{"title": text("item of James"), "assignedTo": "james"})
	h.Records["attachments"] = under("attachments", map[string]any{"file": Document(t, h.Secret), "uploadedBy": "client", "filename": text("file")})
	h.James["attachments"] = under("attachments", map[string]any{"file": Document(t, h.Secret), "filename": text("file of James"), "session": h.Records["sessions"].Id})
	h.Records["deliverables"] = under("deliverables", map[string]any{"title": text("deliverable"), "description": text("description"),
		"status": "DELIVERED", "attachment": h.James["attachments"].Id})
	h.Records["comments"] = s.Make("comments", map[string]any{"milestone": h.Records["milestones"].Id, "body": text("comment"), "authorName": text("name")})
	h.James["comments"] = s.Make("comments", map[string]any{"session": h.Records["sessions"].Id, "body": text("words of James")})
	h.Records["bookings"] = s.Make("bookings", map[string]any{"client": h.Client.Id, "calendarEventId": h.Secret + "-booking", "title": text("booking"),
		"startTime": "2027-01-01 10:00:00Z", "endTime": "2027-01-01 11:00:00Z", "meetUrl": "https://example.com/" + h.Secret})
	return h
}

// Token returns a token of a client, as after signing in.
func Token(t testing.TB, record *core.Record) string {
	t.Helper()
	token, err := record.NewAuthToken()
	if err != nil {
		t.Fatal(err)
	}
	return token
}

// Document returns a small text file.
func Document(t testing.TB, content string) *filesystem.File {
	t.Helper()
	f, err := filesystem.NewFileFromBytes([]byte(content), "take.txt")
	if err != nil {
		t.Fatal(err)
	}
	return f
}

// Upload returns a multipart form with one file and the fields.
func Upload(t testing.TB, content string, fields map[string]string) (contentType string, body *bytes.Buffer) {
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

// Archive archives the household's client, whose h.Token stays the token that they had before.
func Archive(t testing.TB, s *Studio, h *Household) {
	t.Helper()
	answer := s.Do("PATCH", "/api/collections/clients/records/"+h.Client.Id, s.Owner, map[string]any{"archivedAt": "2026-01-01 00:00:00Z"})
	if answer.Status != 200 {
		t.Fatalf("archive: %d %s", answer.Status, answer.Raw)
	}
}

// Row returns all columns of a record's row.
func Row(t testing.TB, s *Studio, record *core.Record) map[string]string {
	t.Helper()
	fresh := s.Reload(record)
	out := map[string]string{}
	for _, field := range fresh.Collection().Fields {
		out[field.GetName()] = fmt.Sprint(fresh.GetRaw(field.GetName()))
	}
	out["password"] = fresh.GetString("password:hash")
	return out
}

// Exists reports whether a record is in the database.
func Exists(s *Studio, record *core.Record) bool {
	_, err := s.App.FindRecordById(record.Collection(), record.Id)
	return err == nil
}

// RecordPath returns the path of a record in PocketBase's API.
func RecordPath(record *core.Record) string {
	return "/api/collections/" + record.Collection().Name + "/records/" + record.Id
}

// Leaks reports whether an answer contains the secret.
func Leaks(answer Answer, secret string) bool {
	return strings.Contains(string(answer.Raw), secret)
}
