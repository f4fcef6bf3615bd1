package notify_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/logger"

	"greenroom/hooks/testkit"
)

func TestNoticesWithinFiveMinutesAreOneMail(t *testing.T) {
	r := newRoom(t)
	milestone := r.in("milestones", fields{"title": "Mixes"})
	r.change(milestone, r.Owner, fields{"status": "ACTIVE"})
	r.later(4 * time.Minute)
	r.make("comments", fields{"milestone": milestone.Id, "body": "We begin."})
	r.change(milestone, r.Owner, fields{"status": "DONE"})
	l := r.one(r.later(time.Minute)) // counted from the first notice
	for _, line := range []string{"\n- The milestone “Mixes” is now done\n", "\n- I wrote about “Mixes”: “We begin.”\n", "#milestone-" + milestone.Id + "\n"} {
		if strings.Count(l.Text, line) != 1 {
			t.Errorf("not once %q in\n%s", line, l.Text)
		}
	}
	r.make("comments", fields{"milestone": milestone.Id, "body": "And it ends."})
	if letters := r.later(gathered); len(letters) != 2 || letters[1].Get("References") != l.Get("References") || letters[1].Get("Message-Id") == l.Get("Message-Id") {
		t.Errorf("the second mail is %v", letters[1:])
	}
	r.wantStates(map[string]int{"sent": 4})
}

func TestALongListIsCut(t *testing.T) {
	r := newRoom(t)
	for i := range 9 {
		r.in("action_items", fields{"title": fmt.Sprint("Item ", i+1), "assignedTo": "client"})
	}
	l := r.one(r.later(gathered))
	if strings.Count(l.Text, "\n- ") != 6 || !strings.Contains(l.Text, "\n- and 4 more\n") || l.Subject != "Northern Lights EP: 9 updates" {
		t.Errorf("%s\n%s", l.Subject, l.Text)
	}
}

func TestOtherProjectsAndRecipientsHaveTheirOwnMail(t *testing.T) {
	r := newRoom(t)
	ben := r.make("clients", fields{"name": "Ben", "email": "ben@example.com", "verified": true})
	for _, client := range []string{r.ana.Id, ben.Id} {
		project := r.make("projects", fields{"client": client, "title": "Live set", "serviceType": "AUDIO"})
		r.make("action_items", fields{"project": project.Id, "title": "Pack", "assignedTo": "client"})
	}
	notices["sessionNotes"](r)
	notices["clientComment"](r)
	var to []string
	for _, l := range r.later(gathered) {
		to = append(to, l.rcpt+" "+l.Subject)
	}
	if len(to) != 4 {
		t.Errorf("mails %q, want four", to)
	}
}

func TestFiveHundredChangesInAMinute(t *testing.T) {
	r := newRoom(t)
	milestone := r.in("milestones", fields{"title": "Mixes"})
	status := []string{"ACTIVE", "DONE", "TODO"}
	for i := range 500 {
		r.outbox.At(r.now.Add(time.Duration(i) * time.Minute / 500))
		r.set(milestone, fields{"status": status[i%3]})
	}
	began := time.Now()
	l := r.one(r.later(gathered))
	if l.Subject != "Northern Lights EP: “Mixes” is done" {
		t.Error(l.Subject)
	}
	t.Logf("one mail of 500 notices took %v", time.Since(began))
	r.wantStates(map[string]int{"sent": 500})
}

func TestQuietHoursAreTheRecipients(t *testing.T) {
	for name, tc := range map[string]struct {
		zone           string
		changed, sends string // in UTC
	}{
		"the studio's zone":       {"", "2026-11-24 20:58", "2026-11-25 08:00"},
		"just before":             {"", "2026-11-24 20:54", "2026-11-24 20:59"},
		"after midnight":          {"", "2026-11-24 03:00", "2026-11-24 08:00"},
		"morning in Tokyo":        {"Asia/Tokyo", "2026-11-24 23:10", "2026-11-24 23:15"},
		"evening in Tokyo":        {"Asia/Tokyo", "2026-11-24 12:00", "2026-11-24 23:00"},
		"the night clocks change": {"", "2026-03-28 22:00", "2026-03-29 07:00"},
		"the night they go back":  {"", "2026-10-24 21:00", "2026-10-25 08:00"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRoom(t)
			r.change(r.ana, r.anaToken, fields{"timezone": tc.zone})
			r.setClock(tc.changed)
			notices["sessionNotes"](r)
			r.leavesAt(tc.sends)
		})
	}
}

func (r *room) setClock(utc string) {
	r.t.Helper()
	now, err := time.Parse("2006-01-02 15:04", utc)
	if err != nil {
		r.t.Fatal(err)
	}
	r.now = now
	r.outbox.At(now)
}

// leavesAt advances the clock minute by minute, and fails unless the first mail is sent at the given time.
func (r *room) leavesAt(utc string) letter {
	r.t.Helper()
	for range 36 * 60 {
		if letters := r.later(time.Minute); len(letters) > 0 {
			if at := r.now.Format("2006-01-02 15:04"); at != utc {
				r.t.Errorf("it leaves at %s, want %s", at, utc)
			}
			return letters[0]
		}
	}
	r.t.Fatal("no mail leaves")
	panic("unreachable")
}

func TestADigestIsOneMailADay(t *testing.T) {
	r := newRoom(t)
	r.change(r.ana, r.anaToken, fields{"notices": "daily", "digestAt": "07:00", "timezone": "America/New_York"})
	r.setClock("2026-11-24 12:30") // after this day's digest, which is at 12:00 UTC
	notices["sessionNotes"](r)
	r.later(6 * time.Hour)
	live := r.make("projects", fields{"client": r.ana.Id, "title": "Live set", "serviceType": "AUDIO"})
	r.make("action_items", fields{"project": live.Id, "title": "Pack", "assignedTo": "client"})
	golden(t, "digest", r.leavesAt("2026-11-25 12:00"))
	r.wantStates(map[string]int{"sent": 2})
}

func TestTheOwnerChoosesToo(t *testing.T) {
	r := newRoom(t)
	row, err := r.App.FindFirstRecordByData("integrations", "name", "mail:owner")
	if err != nil || row.GetString("state") != "each" || row.GetString("cursor") != "08:00" {
		t.Fatal(row, err)
	}
	for field, wrong := range map[string]string{"state": "sometimes", "cursor": "8"} {
		if answer := r.Do("PATCH", "/api/collections/integrations/records/"+row.Id, r.Owner, fields{field: wrong}); answer.Status != 400 {
			t.Errorf("%s %q: %d", field, wrong, answer.Status)
		}
	}
	r.change(row, r.Owner, fields{"state": "daily", "cursor": "18:00"})
	notices["clientComment"](r)
	ben := r.make("clients", fields{"name": "Ben", "email": "ben@example.com"})
	live := r.make("projects", fields{"client": ben.Id, "title": "Live set", "serviceType": "AUDIO"})
	r.later(5 * time.Hour)
	r.Make("comments", fields{"goal": r.make("goals", fields{"project": live.Id, "title": "Tour"}).Id, "authorName": "Ben", "body": "When?"})
	golden(t, "owner's digest", r.leavesAt("2026-11-24 18:00"))
	r.change(row, r.Owner, fields{"state": "none"})
	r.must("POST", "comments", "", r.anaToken, fields{"goal": "goal00000000001", "body": "Still there?"})
	if counts, _ := r.states(); counts["waiting"] > 0 {
		t.Errorf("a notice that the owner does not want: %v", counts)
	}
}

func TestNoOwnerAddressNoMailToThem(t *testing.T) {
	r := newRoomAt(t, newMailServer(t), map[string]string{"GREENROOM_OWNER_EMAIL": ""})
	notices["clientComment"](r)
	r.wantStates(map[string]int{})
}

func TestTheClockIsSetBack(t *testing.T) {
	r := newRoom(t)
	notices["sessionNotes"](r)
	r.one(r.later(-24 * time.Hour))
}

// A notice that is written after a round has read the clock, and before it reads the rows, is gathered as any other.
func TestANoticeThatIsWrittenDuringARoundIsGathered(t *testing.T) {
	r := newRoom(t)
	notices["sessionNotes"](r)
	if letters := r.later(-time.Second); len(letters) > 0 { // as the round sees it
		t.Errorf("sent at once: %v", letters)
	}
	r.one(r.later(time.Second + gathered))
}

func TestUnsubscribe(t *testing.T) {
	r := newRoom(t)
	key := r.Reload(r.ana).GetString("unsubscribeKey")
	path := "/api/portal/unsubscribe?key=" + key
	noFollow := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	answer, err := noFollow.Get(r.URL + path)
	if err != nil {
		t.Fatal(err)
	}
	answer.Body.Close()
	if answer.StatusCode != 303 || answer.Header.Get("Location") != "/settings" || r.Reload(r.ana).GetString("notices") != "each" {
		t.Errorf("opening it: %d to %s", answer.StatusCode, answer.Header.Get("Location"))
	}
	keyless := r.make("clients", fields{"email": "ben@example.com"})
	if _, err := r.App.DB().Update("clients", dbx.Params{"unsubscribeKey": ""}, dbx.HashExp{"id": keyless.Id}).Execute(); err != nil {
		t.Fatal(err)
	}
	for _, wrong := range []string{"", "?key=", "?key=" + key + "x", "?key=" + strings.ToLower(key)} {
		if answer := r.Do("POST", "/api/portal/unsubscribe"+wrong, "", nil); answer.Status != 404 {
			t.Errorf("%q: %d", wrong, answer.Status)
		}
	}
	post := func() int {
		return r.Send("POST", path, "", "application/x-www-form-urlencoded", strings.NewReader("List-Unsubscribe=One-Click")).Status
	}
	for range 2 { // mail programs may send the request twice
		if status := post(); status != 200 || r.Reload(r.ana).GetString("notices") != "none" {
			t.Errorf("pressing it: %d", status)
		}
	}
	r.set(r.ana, fields{"notices": "each", "unsubscribeKey": "another key"})
	if status := post(); status != 404 || r.Reload(r.ana).GetString("notices") != "each" {
		t.Errorf("a key that has been changed: %d", status)
	}
	if r.logged(key) {
		t.Error("the key is in the log")
	}
}

// logged reports whether this studio's log contains a text.
func (r *room) logged(text string) bool {
	r.t.Helper()
	handler, ok := r.App.Logger().Handler().(*logger.BatchHandler)
	if !ok {
		r.t.Fatal("no log handler")
	}
	if err := handler.WriteAll(context.Background()); err != nil {
		r.t.Fatal(err)
	}
	var count int
	err := r.App.AuxDB().NewQuery("SELECT count(*) FROM _logs WHERE message || data LIKE {:text}").Bind(dbx.Params{"text": "%" + text + "%"}).Row(&count)
	if err != nil {
		r.t.Fatal(err)
	}
	return count > 0
}

func TestOldRowsGo(t *testing.T) {
	r := newRoom(t)
	notices["sessionNotes"](r)
	r.later(gathered)
	r.server.answer("RCPT", "550 no such user")
	notices["milestoneStatus"](r)
	r.later(gathered)
	count := func() map[string]int { counts, _ := r.states(); return counts }
	age := func(days int) {
		r.outbox.At(r.now.AddDate(0, 0, days))
		r.outbox.Prune()
	}
	age(13)
	if got := count(); got["sent"] != 1 || got["failed"] != 1 {
		t.Errorf("after 13 days %v", got)
	}
	age(15)
	if got := count(); got["sent"] != 0 || got["failed"] != 1 {
		t.Errorf("after 15 days %v", got)
	}
	age(31)
	if got := count(); len(got) > 0 {
		t.Errorf("after 31 days %v", got)
	}
	if row, err := r.App.FindFirstRecordByFilter("integrations", "name ~ 'mail:%' && lastError != ''"); err == nil {
		t.Errorf("the trouble is still there: %v", row)
	}
}

func TestErasingAClientErasesTheirNotices(t *testing.T) {
	r := newRoom(t)
	notices["sessionNotes"](r)
	notices["clientComment"](r)
	r.must("DELETE", "clients", "/"+r.ana.Id, r.Owner, nil)
	r.wantStates(map[string]int{})
}

func TestABrokenOutboxStopsNoChange(t *testing.T) {
	r := newRoom(t)
	r.App.OnRecordCreate("outbox").BindFunc(func(*core.RecordEvent) error { return http.ErrAbortHandler })
	notices["sessionNotes"](r)
	r.wantStates(map[string]int{})
}

// A crash interrupted more mails than one query reads. The next start reports all of them as failed.
func TestAllInterruptedMailsAreEnded(t *testing.T) {
	dir := testkit.Dir(t)
	s := testkit.Open(t, dir, nil)
	s.Stop()
	db := open(t, dir)
	_, err := db.NewQuery("INSERT INTO outbox (id, recipient, notice, state, happenedAt) WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 2500)" +
		" SELECT printf('interrupted%04d', i), 'james', 'comment', 'sending', '2026-11-24 12:00:00.000Z' FROM n").Execute()
	if err := errors.Join(err, db.Close()); err != nil {
		t.Fatal(err)
	}
	s = testkit.Open(t, dir, nil)
	if answer := s.Do("GET", "/api/health", "", nil); answer.Status != 200 { // after an answer the outbox is running
		t.Fatalf("%d %s", answer.Status, answer.Raw)
	}
	var left, ended int
	if err := s.App.DB().NewQuery("SELECT count(*) FILTER (WHERE state = 'sending'), count(*) FILTER (WHERE state = 'failed' AND attempts = 1) FROM outbox").Row(&left, &ended); err != nil {
		t.Fatal(err)
	}
	if left != 0 || ended != 2500 {
		t.Errorf("%d mails are still being sent, and %d have failed", left, ended)
	}
}
