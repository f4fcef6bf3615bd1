package notify_test

import (
	"fmt"
	"net"
	"strings"
	"testing"
	"time"

	"github.com/pocketbase/pocketbase/tools/mailer"
)

// The server refuses, does not reply, or breaks off at each step of the session.
func TestRefusals(t *testing.T) {
	for _, tc := range []struct {
		verb, answer string
		state        string // of the notice
		says         string // what the owner is told
	}{
		{"RCPT", "550 5.1.1 no such user", "failed", "Not delivered: the mail server answered 550 5.1.1 no such user"},
		{"MAIL", "553 not from you", "failed", "553 not from you"},
		{"MAIL", "530 sign in first", "waiting", "530 sign in first"},
		{"DATA", "554 no", "failed", "554 no"},
		{".", "552 too large", "failed", "552 too large"},
		{".", "451 later", "waiting", "Not delivered yet: the mail server answered 451 later"},
		{"RCPT", "450 greylisted", "waiting", "450 greylisted"},
		{"DATA", "421 closing", "waiting", "421 closing"},
		{"greeting", "554 not today", "waiting", "554 not today"},
		{"EHLO", drop, "waiting", "cannot be reached"},
		{"greeting", drop, "waiting", "cannot be reached"},
		{"RCPT", drop, "waiting", "cannot be reached"},
		{"DATA", drop, "waiting", "cannot be reached"},
		{".", drop, "failed", "It is not known"},
	} {
		t.Run(tc.verb+" "+tc.answer, func(t *testing.T) {
			r := newRoom(t)
			r.server.answer(tc.verb, tc.answer)
			notices["sessionNotes"](r)
			r.later(gathered)
			_, rows := r.states()
			row := rows[0]
			if row.GetString("state") != tc.state || !strings.Contains(row.GetString("lastError"), tc.says) || row.GetInt("attempts") != 1 {
				t.Errorf("%s, %q, %d tries", row.GetString("state"), row.GetString("lastError"), row.GetInt("attempts"))
			}
			health := r.health()
			if failed := tc.state == "failed"; failed != (health["troubles"] == 1.0) {
				t.Errorf("health is %v", health)
			}
			dots, tries := r.server.counts()
			r.server.heal()
			r.later(48 * time.Hour)
			dotsAfter, triesAfter := r.server.counts()
			if again := triesAfter > tries; again != (tc.state == "waiting") {
				t.Errorf("it was tried again: %v", again)
			}
			if tc.state == "failed" && dotsAfter != dots {
				t.Error("the server was given the mail twice")
			}
			if tc.state == "waiting" {
				r.wantStates(map[string]int{"sent": 1})
				r.one(r.server.letters())
			}
		})
	}
}

// heal makes the server behave again.
func (s *mailServer) heal() {
	s.mu.Lock()
	defer s.mu.Unlock()
	clear(s.answers)
}

// health returns what the owner is told about mail.
func (r *room) health() map[string]any {
	r.t.Helper()
	all, _ := r.Do("GET", "/api/portal/health", r.Owner, nil).JSON()["integrations"].([]any)
	for _, one := range all {
		if h, _ := one.(map[string]any); h["name"] == "mail" {
			return h
		}
	}
	r.t.Fatalf("no health of mail in %v", all)
	return nil
}

func TestAServerThatIsGoneComesBack(t *testing.T) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	address := listener.Addr().String()
	listener.Close()
	r := newRoomAt(t, &mailServer{address: address}, nil)
	notices["sessionNotes"](r)
	notices["clientComment"](r)
	r.later(gathered)
	if h := r.health(); h["state"] != "down" || !strings.Contains(h["lastError"].(string), "cannot be reached") {
		t.Errorf("health is %v", h)
	}
	r.wantStates(map[string]int{"waiting": 2})

	s := newMailServer(t)
	r.App.Settings().SMTP.Port = port(t, s.address)
	r.server = s
	r.later(time.Minute)
	r.wantStates(map[string]int{"sent": 2})
	if h := r.health(); h["state"] != "ok" || h["lastError"] != "" || h["troubles"] != 0.0 {
		t.Errorf("health is %v", h)
	}
}

func port(t *testing.T, address string) (port int) {
	t.Helper()
	_, text, err := net.SplitHostPort(address)
	if err == nil {
		_, err = fmt.Sscan(text, &port)
	}
	if err != nil {
		t.Fatal(err)
	}
	return port
}

func TestItIsGivenUpAfterADay(t *testing.T) {
	r := newRoom(t)
	r.server.answer("RCPT", "450 greylisted")
	r.change(r.ana, r.anaToken, fields{"notices": "daily", "digestAt": "13:00"}) // a daily mail has no quiet hours, which would delay retries
	notices["sessionNotes"](r)
	r.later(time.Hour)
	var waits []time.Duration
	for began := r.now; ; {
		counts, rows := r.states()
		if counts["failed"] == 1 {
			if took := r.now.Sub(began); took < 23*time.Hour || took > 27*time.Hour {
				t.Errorf("given up after %v: %v", took, waits)
			}
			break
		}
		wait := rows[0].GetDateTime("nextAttemptAt").Time().Sub(r.now)
		if wait <= 0 || wait > 3*time.Hour {
			t.Fatalf("the next try is in %v, after %v", wait, waits)
		}
		waits = append(waits, wait)
		r.later(wait - time.Second)
		_, before := r.server.counts()
		if r.later(time.Second); before != len(waits) {
			t.Fatalf("%d tries before the one that is due, want %d", before, len(waits))
		}
	}
}

// The owner can send a mail again of which nobody knows whether it was sent.
func TestTheOwnerSendsAMailAgain(t *testing.T) {
	r := newRoom(t)
	r.server.answer(".", drop)
	notices["sessionNotes"](r)
	r.later(gathered)
	r.server.heal()
	_, rows := r.states()
	r.change(rows[0], r.Owner, fields{"state": "waiting"})
	letters := r.later(time.Minute)
	if len(letters) != 2 || letters[0].Get("Message-Id") != letters[1].Get("Message-Id") {
		t.Errorf("the mails are %v", letters)
	}
	if h := r.health(); h["troubles"] != 0.0 {
		t.Errorf("health is %v", h)
	}
}

func TestASlowServerHoldsNobodyUp(t *testing.T) {
	r := newRoom(t)
	r.server.answer("RCPT", hang)
	notices["sessionNotes"](r)
	done := make(chan struct{})
	go func() {
		defer close(done)
		r.later(gathered)
	}()
	poll(t, "the server to be asked", func() bool { _, tries := r.server.counts(); return tries == 1 })
	r.in("goals", fields{"title": "The studio goes on"})
	r.outbox.Stop() // the outbox can be stopped meanwhile
	select {
	case <-done:
	case <-time.After(time.Minute):
		t.Fatal("the desk does not stop")
	}
	_, rows := r.states()
	if rows[0].GetString("state") != "waiting" || rows[0].GetInt("attempts") != 0 {
		t.Errorf("the notice is %s after %d tries", rows[0].GetString("state"), rows[0].GetInt("attempts"))
	}
}

// Rows, records and recipients change while the mail server delays its reply.
func TestChangesWhileAMailIsOnItsWay(t *testing.T) {
	for name, change := range map[string]func(r *room){
		"archived":         func(r *room) { r.change(r.ana, r.Owner, fields{"archivedAt": "2026-01-01 00:00:00Z"}) },
		"unsubscribed":     func(r *room) { r.change(r.ana, r.anaToken, fields{"notices": "none"}) },
		"project deleted":  func(r *room) { r.must("DELETE", "projects", "/"+r.project.Id, r.Owner, nil) },
		"notice withdrawn": func(r *room) { _, rows := r.states(); r.change(rows[0], r.Owner, fields{"state": "dropped"}) },
	} {
		t.Run(name, func(t *testing.T) {
			r := newRoom(t)
			notices["sessionNotes"](r)
			r.server.during("DATA", func() { change(r) })
			if letters := r.later(gathered); len(letters) > 0 {
				t.Errorf("a mail left: %v", letters)
			}
			r.later(time.Minute)
			if counts, _ := r.states(); counts["waiting"]+counts["sending"]+counts["sent"]+counts["failed"] > 0 {
				t.Errorf("the outbox has %v", counts)
			}
		})
	}
}

func TestNoMoreConnectionsThanWorkers(t *testing.T) {
	r := newRoom(t)
	for i := range 12 {
		client := r.make("clients", fields{"email": fmt.Sprintf("c%d@example.com", i), "verified": true})
		project := r.make("projects", fields{"client": client.Id, "title": "Live set", "serviceType": "AUDIO"})
		r.make("action_items", fields{"project": project.Id, "title": "Pack", "assignedTo": "client"})
	}
	if letters := r.later(gathered); len(letters) != 12 {
		t.Errorf("%d mails, want twelve", len(letters))
	}
	if most := r.server.most(); most > 4 {
		t.Errorf("%d connections at once", most)
	}
}

func TestPrivacyAndSignIn(t *testing.T) {
	certified := func(s *mailServer) { s.certify = &authority }
	wants := func(methods string) func(s *mailServer) {
		return func(s *mailServer) { s.login, s.methods = "studio:a secret", methods }
	}
	for name, tc := range map[string]struct {
		server   []func(s *mailServer)
		password string
		method   string
		sent     bool
		secret   bool
	}{
		"STARTTLS":              {[]func(*mailServer){certified}, "", "", true, true},
		"AUTH PLAIN over TLS":   {[]func(*mailServer){certified, wants("PLAIN LOGIN")}, "a secret", mailer.SMTPAuthPlain, true, true},
		"AUTH LOGIN over TLS":   {[]func(*mailServer){certified, wants("LOGIN")}, "a secret", mailer.SMTPAuthLogin, true, true},
		"a wrong password":      {[]func(*mailServer){certified, wants("PLAIN")}, "a wrong secret", mailer.SMTPAuthPlain, false, false},
		"a server in the clear": {nil, "", "", true, false},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRoom(t, tc.server...)
			if tc.password != "" {
				settings := &r.App.Settings().SMTP
				settings.Username, settings.Password, settings.AuthMethod = "studio", tc.password, tc.method
			}
			notices["sessionNotes"](r)
			letters := r.later(gathered)
			if len(letters) > 0 != tc.sent || r.server.secret != tc.secret {
				t.Errorf("%d mails, over TLS: %v", len(letters), r.server.secret)
			}
			if tc.sent {
				return
			}
			r.wantStates(map[string]int{"waiting": 1}) // the mail waits, because the owner can correct the setting
			_, rows := r.states()
			said := rows[0].GetString("lastError") + fmt.Sprint(r.health()["lastError"])
			if !strings.Contains(said, "535") || strings.Contains(said, tc.password) || r.logged(tc.password) {
				t.Errorf("the owner is told %q", said)
			}
		})
	}
}

func TestAnUntrustedServerGetsNothing(t *testing.T) {
	stranger := selfSigned(t.TempDir() + "/stranger.pem")
	r := newRoom(t, func(s *mailServer) { s.certify = &stranger })
	notices["sessionNotes"](r)
	if letters := r.later(gathered); len(letters) > 0 {
		t.Error("a mail went to a server that nobody vouches for")
	}
	r.wantStates(map[string]int{"waiting": 1})
}

func TestWithoutAServerANoticeIsAFile(t *testing.T) {
	r := newRoomAt(t, &mailServer{address: "unused"}, map[string]string{"SMTP_URL": ""})
	notices["sessionNotes"](r)
	r.now = r.now.Add(gathered)
	r.outbox.At(r.now)
	if err := r.outbox.Round(); err != nil {
		t.Fatal(err)
	}
	files := r.Outbox()
	if len(files) != 1 {
		t.Fatalf("%d files, want one", len(files))
	}
	l := read(t, files[0])
	golden(t, "sessionNotes", l)
	r.wantStates(map[string]int{"sent": 1})
}
