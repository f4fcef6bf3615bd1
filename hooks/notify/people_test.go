package notify_test

import (
	"slices"
	"strings"
	"testing"

	"greenroom/hooks/testkit"
)

// The client and their people get notices, each by their own choice, and so does the owner.
func TestNoticesGoToEachPerson(t *testing.T) {
	r := newRoom(t)
	person := func(name string, more fields) string {
		all := fields{"account": r.ana.Id, "access": "work", "name": name, "email": strings.ToLower(name) + "@example.com", "verified": true}
		for field, value := range more {
			all[field] = value
		}
		return testkit.Token(t, r.Make("clients", all))
	}
	bea := person("Bea", nil)
	person("Quiet", fields{"notices": "none"})
	person("Invited", fields{"verified": false})
	notices["sessionNotes"](r)
	var to []string
	for _, l := range r.later(gathered) {
		to = append(to, l.rcpt)
	}
	slices.Sort(to)
	if want := []string{"TO:<ana@example.com>", "TO:<bea@example.com>"}; !slices.Equal(to, want) {
		t.Errorf("the mails went to %q, want %q", to, want)
	}
	goal := r.in("goals", fields{"title": "Release"})
	r.must("POST", "comments", "", bea, fields{"goal": goal.Id, "body": "In May."})
	letters := r.later(gathered)
	if len(letters) != 3 {
		t.Fatalf("%d mails, want one more", len(letters))
	}
	if l := letters[2]; l.rcpt != "TO:<james@example.com>" || !strings.Contains(l.Subject, "Bea commented") || !strings.Contains(l.Get("Reply-To"), "bea@example.com") {
		t.Errorf("the owner gets %s %q, replies to %s", l.rcpt, l.Subject, l.Get("Reply-To"))
	}
	deliverable := r.in("deliverables", fields{"title": "Mix 3", "status": "DELIVERED"})
	r.outbox.Prune()
	r.change(deliverable, bea, fields{"status": "APPROVED"})
	letters = r.later(gathered)
	if l := letters[len(letters)-1]; !strings.Contains(l.Subject, "Bea") {
		t.Errorf("an approval names nobody: %q", l.Subject)
	}
}
