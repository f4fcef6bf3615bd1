package hooks_test

import (
	"fmt"
	"maps"
	"net/http"
	"slices"
	"testing"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/testkit"
)

// forgery returns a request body with another value for a field.
func (e *estate) forgery(t *testing.T, record *core.Record, field core.Field) map[string]any {
	t.Helper()
	body := map[string]any{field.GetName(): e.anotherValue(t, record, field)}
	if field.GetName() == "password" {
		body["passwordConfirm"] = body["password"]
	}
	return body
}

// updateByClient sends one field and checks whether the record changed as it may. may tells whether the client may set
// it, nobody whether no client may update the collection.
func (e *estate) updateByClient(t *testing.T, token string, record *core.Record, name string, body map[string]any, may, nobody bool) {
	before := testkit.Row(t, e.Studio, record)
	switch name { // each of these is only allowed together with the other
	case "status":
		body = map[string]any{"status": "APPROVED"}
	case "feedback":
		body = map[string]any{"status": "IN_PROGRESS", "feedback": "louder"}
	}
	answer := e.Do("PATCH", testkit.RecordPath(record), token, body)
	after := testkit.Row(t, e.Studio, record)
	if nobody && answer.Status != http.StatusForbidden {
		t.Errorf("%d %s, want 403", answer.Status, answer.Raw)
	}
	if may {
		if answer.Status != 200 || before[name] == after[name] {
			t.Errorf("%d %s, want the field changed", answer.Status, answer.Raw)
		}
		if record.Collection().Name == "deliverables" { // the next field starts from the same state
			e.Do("PATCH", testkit.RecordPath(record), e.Owner, map[string]any{"status": "DELIVERED", "feedback": ""})
		}
		if name == "completedAt" {
			e.Do("PATCH", testkit.RecordPath(record), e.Owner, map[string]any{"completedAt": ""})
		}
		return
	}
	delete(before, "updated")
	delete(after, "updated")
	if !maps.Equal(before, after) {
		t.Errorf("%d, and the record went from %v to %v", answer.Status, before, after)
	}
}

// updateByOwner checks whether the owner can set a field. The row is restored afterwards.
func (e *estate) updateByOwner(t *testing.T, collection, name string) {
	record := e.ofAna(collection)
	field := record.Collection().Fields.GetByName(name)
	if slices.Contains([]string{"created", "updated", "tokenKey", "password"}, name) {
		return // PocketBase's own fields
	}
	if slices.Contains([]string{"client", "project", "session", "milestone", "goal", "deliverable", "attachment", "email", "archivedAt", "account", "access", "invoice", "preview"}, name) &&
		!slices.Contains(serverOwned[collection], name) {
		return // these fields change others too; they have tests of their own
	}
	before, held := testkit.Row(t, e.Studio, record), e.Reload(record)
	answer := e.Do("PATCH", testkit.RecordPath(record), e.Owner, map[string]any{name: e.anotherValue(t, record, field)})
	after := testkit.Row(t, e.Studio, record)
	defer func() { // the next field starts from the same state
		data, err := held.DBExport(e.App)
		if err == nil {
			_, err = e.App.NonconcurrentDB().Update(collection, data, dbx.HashExp{"id": held.Id}).Execute()
		}
		if err != nil {
			t.Fatal(err)
		}
	}()
	changed := before[name] != after[name]
	if want := !slices.Contains(serverOwned[collection], name); answer.Status != 200 || changed != want {
		t.Errorf("%d %s; changed: %v, want %v", answer.Status, answer.Raw, changed, want)
	}
}

// anotherValue returns a valid value that differs from the field's present one, so that only a permission can refuse
// it.
func (e *estate) anotherValue(t *testing.T, record *core.Record, field core.Field) any {
	t.Helper()
	switch f := field.(type) {
	case *core.TextField:
		switch f.Name {
		case "tokenKey":
			return fmt.Sprintf("%050d", 7)
		case "digestAt":
			return otherThan(e.Reload(record).GetString(f.Name), "19:00", "07:00")
		case "timezone":
			return otherThan(e.Reload(record).GetString(f.Name), "Asia/Tokyo", "Europe/Paris")
		case "meetUrl":
			return otherThan(e.Reload(record).GetString(f.Name), "https://meet.example.com/a", "https://meet.example.com/b")
		case "about":
			return "another00000001"
		}
		return "changed " + e.Reload(record).GetString(f.Name)
	case *core.PasswordField:
		return "a changed password"
	case *core.EmailField:
		return "changed@example.com"
	case *core.NumberField:
		return record.GetInt(f.Name) + 7
	case *core.BoolField:
		return !record.GetBool(f.Name)
	case *core.JSONField:
		return e.ben.Client.Id
	case *core.DateField, *core.AutodateField:
		return "2027-01-01 10:30:00.000Z" // lies between the start and the end of a booking
	case *core.SelectField:
		for _, value := range f.Values {
			if value != e.Reload(record).GetString(f.Name) {
				return value
			}
		}
	case *core.RelationField:
		for _, other := range e.ben.Records {
			if other.Collection().Id == f.CollectionId {
				return other.Id
			}
		}
	}
	t.Fatalf("no value for %s", field.GetName())
	return nil
}

func otherThan(value, a, b string) string {
	if value == a {
		return b
	}
	return a
}
