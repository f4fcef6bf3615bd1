package notify_test

import (
	"slices"
	"strings"
	"testing"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/testkit"
)

// version makes a file the next version of a deliverable.
func (r *room) version(deliverable *core.Record) {
	r.t.Helper()
	id := r.attach()
	r.change(r.record("attachments", id), r.Owner, fields{"deliverable": deliverable.Id})
	_, err := r.App.DB().Update("attachments", dbx.Params{"sha256": strings.Repeat("ab", 32)}, dbx.HashExp{"id": id}).Execute()
	if err != nil {
		r.t.Fatal(err)
	}
}

func recipients(letters []letter) (to []string) {
	for _, l := range letters {
		to = append(to, strings.Trim(strings.TrimPrefix(l.rcpt, "TO:"), "<>"))
	}
	slices.Sort(to)
	return to
}

func TestNoticesNameTheVersion(t *testing.T) {
	r := newRoom(t)
	deliverable := r.in("deliverables", fields{"title": "Mix", "status": "PENDING"})
	r.version(deliverable)
	r.version(deliverable)
	r.change(r.record("deliverables", deliverable.Id), r.Owner, fields{"status": "DELIVERED"})
	if l := r.one(r.later(gathered)); !strings.HasSuffix(l.Subject, ": version 2 of “Mix” is ready for you") || !strings.Contains(l.Text, "\nVersion 2 of “Mix” of ") {
		t.Errorf("%q\n%s", l.Subject, l.Text)
	}
	r.change(r.record("deliverables", deliverable.Id), r.anaToken, fields{"status": "IN_PROGRESS", "feedback": "Louder."})
	r.version(deliverable) // before the mail about the second version is sent
	letters := r.later(gathered)
	if l := letters[len(letters)-1]; !strings.Contains(l.Subject, "asked for changes to version 2 of “Mix”") {
		t.Errorf("%q", l.Subject)
	}
	r.must("POST", "comments", "", r.anaToken, fields{"deliverable": deliverable.Id, "body": "Better."})
	letters = r.later(gathered)
	if l := letters[len(letters)-1]; !strings.Contains(l.Subject, "commented on version 3 of “Mix”") {
		t.Errorf("%q", l.Subject)
	}
}

// The receipt of an approval goes to both sides, and to the person of the client's who approved.
func TestAnApprovalsReceiptGoesToBoth(t *testing.T) {
	for name, tc := range map[string]struct {
		by   func(r *room) string
		want []string
		who  string
	}{
		"by the client": {func(r *room) string { return r.anaToken }, []string{"ana@example.com", "james@example.com"}, "Ana Söder"},
		"by one of their people": {func(r *room) string {
			return testkit.Token(r.t, r.Make("clients", fields{"account": r.ana.Id, "access": "work", "name": "Bea", "email": "bea@example.com", "verified": true}))
		}, []string{"ana@example.com", "bea@example.com", "james@example.com"}, "Bea"},
		"by the owner in the client's place": {func(r *room) string { return r.Owner }, []string{"ana@example.com"}, "James"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRoom(t)
			deliverable := r.in("deliverables", fields{"title": "Mix", "status": "PENDING"})
			r.version(deliverable)
			r.change(r.record("deliverables", deliverable.Id), r.Owner, fields{"status": "DELIVERED"})
			r.outbox.Prune()
			before := len(r.later(gathered))
			r.change(r.record("deliverables", deliverable.Id), tc.by(r), fields{"status": "APPROVED"})
			letters := r.later(gathered)[before:]
			if got := recipients(letters); !slices.Equal(got, tc.want) {
				t.Fatalf("to %q, want %q", got, tc.want)
			}
			for _, l := range letters {
				if !strings.Contains(l.Subject, "approved version 1 of “Mix”") || !strings.Contains(l.Text, "\nReceipt for Mix\n") ||
					!strings.Contains(l.Text, "\n1. Approved by "+tc.who) || !strings.Contains(l.Text, "SHA-256: "+strings.Repeat("ab", 32)) {
					t.Errorf("to %s: %q\n%s", l.rcpt, l.Subject, l.Text)
				}
			}
		})
	}
}
