package notify_test

import (
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pocketbase/pocketbase/core"
)

// askForCode requests a sign-in code for Ana.
func (r *room) askForCode() {
	r.t.Helper()
	if answer := r.Do("POST", "/api/collections/clients/request-otp", "", fields{"email": "ana@example.com"}); answer.Status != 200 {
		r.t.Fatalf("%d %s", answer.Status, answer.Raw)
	}
}

// codeRow returns the row of integrations about Ana's sign-in codes, or nil.
func (r *room) codeRow() *core.Record {
	r.t.Helper()
	rows, err := r.App.FindAllRecords("integrations")
	if err != nil {
		r.t.Fatal(err)
	}
	for _, row := range rows {
		if row.GetString("name") == "mail:code-"+r.ana.Id {
			return row
		}
	}
	return nil
}

func TestACodeIsTriedAgain(t *testing.T) {
	for _, tc := range []struct {
		verb    string
		answers []string
	}{
		{"RCPT", []string{"450 4.2.0 <ana@example.com>: Recipient address rejected: Greylisted"}},
		{"RCPT", []string{"451 4.7.1 Greylisting in action", "451 4.7.1 Greylisting in action", "450 again"}},
		{"MAIL", []string{"421 4.7.0 Try again later, closing connection"}},
		{"greeting", []string{"421 too many connections", drop}},
		{"DATA", []string{"451 4.3.0 queue file write error"}},
		{".", []string{"451 4.3.2 please try again", "452 4.3.1 insufficient storage"}},
	} {
		t.Run(tc.verb+" "+tc.answers[0], func(t *testing.T) {
			r := newRoom(t)
			now := r.outbox.Hasten()
			r.server.answerOnce(tc.verb, tc.answers...)
			began := now()
			r.askForCode()
			poll(t, "the code", func() bool { return len(r.server.letters()) > 0 })
			poll(t, "its trouble to be over", func() bool { return r.codeRow() == nil })
			l := r.one(r.server.letters())
			if took := now().Sub(began); took < 10*time.Second || took >= 10*time.Minute || eightDigits.FindString(l.Subject) == "" {
				t.Errorf("%q after %v", l.Subject, took)
			}
			if h := r.health(); h["state"] != "ok" || h["troubles"] != 0.0 {
				t.Errorf("health is %v", h)
			}
		})
	}
}

func TestACodeIsGivenUpWhenItEnds(t *testing.T) {
	for _, answer := range []string{"450 4.2.0 Greylisted for ever", "421 4.7.28 unsolicited mail", "550 5.1.1 no such user here", "554 5.7.1 {subject} is spam"} {
		t.Run(answer, func(t *testing.T) {
			r := newRoom(t)
			now := r.outbox.Hasten()
			began := now()
			r.server.answer("RCPT", answer)
			r.askForCode()
			given := func() bool { row := r.codeRow(); return row != nil && row.GetString("state") == "failed" }
			poll(t, "the code to be given up", given)
			took := now().Sub(began)
			if permanent := answer[0] == '5'; took >= 10*time.Minute || permanent != (took == 0) || !permanent && took < 8*time.Minute {
				t.Errorf("given up after %v", took)
			}
			said := r.codeRow().GetString("lastError")
			if !strings.Contains(said, answer) || !strings.Contains(said, "ana@example.com") || r.health()["troubles"] != 1.0 {
				t.Errorf("the owner is told %q, health %v", said, r.health())
			}
			poll(t, "the code to be removed", func() bool {
				codes, err := r.App.FindAllOTPsByRecord(r.ana)
				return err == nil && len(codes) == 0
			})
			r.server.heal()
			r.askForCode() // a code that is sent ends the trouble
			poll(t, "the next code", func() bool { return len(r.server.letters()) == 1 })
			poll(t, "the trouble to be over", func() bool { return r.codeRow() == nil })
		})
	}
}

func TestANewerCodeTakesThePlaceOfOneThatWaits(t *testing.T) {
	r := newRoom(t)
	waits := r.outbox.Freeze()
	r.server.answerOnce("RCPT", "450 greylisted")
	r.askForCode()
	<-waits
	if row := r.codeRow(); row == nil || row.GetString("state") != "waiting" || !strings.Contains(row.GetString("lastError"), "450 greylisted") {
		t.Errorf("while it waits the owner is told %v", row)
	}
	r.askForCode()
	poll(t, "the newer code", func() bool { return len(r.server.letters()) == 1 })
	poll(t, "one code to be left", func() bool { codes, err := r.App.FindAllOTPsByRecord(r.ana); return err == nil && len(codes) == 1 })
}

func TestAStopEndsTheWaitOfACode(t *testing.T) {
	r := newRoom(t)
	waits := r.outbox.Freeze()
	r.server.answer("RCPT", "450 greylisted")
	r.askForCode()
	<-waits
	r.outbox.StopAll() // returns once nothing uses the database any more
	if row := r.codeRow(); row == nil || row.GetString("state") != "failed" {
		t.Errorf("the owner is told %v", row)
	}
}

func TestErasingAClientErasesTheirTroubles(t *testing.T) {
	r := newRoom(t)
	r.server.answer("RCPT", "550 no")
	r.askForCode()
	poll(t, "the trouble", func() bool { return r.codeRow() != nil })
	r.must("DELETE", "clients", "/"+r.ana.Id, r.Owner, nil)
	if r.codeRow() != nil {
		t.Error("the address of an erased client is still there")
	}
}

var eightDigits = regexp.MustCompile(`\b\d{8}\b`)
