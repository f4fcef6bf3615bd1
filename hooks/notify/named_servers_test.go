package notify_test

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"regexp"
	"strings"
	"testing"
	"time"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/mailer"
)

// The mail server of these tests behaves like widely used ones: Amazon SES accepts ASCII addresses only, Office 365
// offers LOGIN and not PLAIN, Postfix refuses an EHLO with an invalid name, and Postgrey answers unknown senders with
// 450.

func TestTheStudioGreetsWithItsName(t *testing.T) {
	for address, want := range map[string]string{
		"https://portal.example.com":         "portal.example.com",
		"https://Portal.Example.COM.:8443/x": "portal.example.com",
		"https://bücher.example":             "xn--bcher-kva.example",
		"http://192.0.2.7:8090":              "[192.0.2.7]",
		"http://[2001:db8::7]:8090":          "[IPv6:2001:db8::7]",
	} {
		r := newRoomAt(t, newMailServer(t), map[string]string{"GREENROOM_URL": address})
		notices["sessionNotes"](r)
		r.one(r.later(gathered))
		if hellos, _, _ := r.server.heard(); hellos[0] != want {
			t.Errorf("%s greets as %q, want %q", address, hellos[0], want)
		}
	}
}

// Without a portal address that a mail server could know, the studio names the machine.
func TestWithoutAnAddressTheMachineIsNamed(t *testing.T) {
	machine, err := os.Hostname()
	if err != nil {
		t.Fatal(err)
	}
	literal := map[string]string{"127.0.0.1": "[127.0.0.1]", "::1": "[IPv6:::1]"}
	for _, portal := range []string{"", "http://localhost:8090", "http://127.0.0.1:8090", "http://studio:8090", "http://[::1]", "http://x.localhost"} {
		for ip, want := range literal {
			if strings.Contains(machine, ".") && machine != "localhost.localdomain" {
				want = strings.ToLower(machine)
			}
			if got := helloName(portal, ip); got != want {
				t.Errorf("%q from %s greets as %q, want %q", portal, ip, got, want)
			}
		}
	}
}

func TestSignInFollowsWhatTheServerOffers(t *testing.T) {
	for name, tc := range map[string]struct {
		methods string
		server  func(s *mailServer)
		prefers string
		tried   string // methods of AUTH, in order
		says    string // what the owner is told, if no mail is sent
	}{
		"PLAIN and LOGIN":              {"PLAIN LOGIN", nil, "", "PLAIN", ""},
		"LOGIN first":                  {"LOGIN PLAIN", nil, "", "PLAIN", ""},
		"LOGIN alone":                  {"LOGIN", nil, "", "LOGIN", ""},
		"Office 365":                   {"LOGIN XOAUTH2", nil, "", "LOGIN", ""},
		"PLAIN alone, LOGIN preferred": {"PLAIN", nil, mailer.SMTPAuthLogin, "PLAIN", ""},
		"both, LOGIN preferred":        {"PLAIN LOGIN", nil, mailer.SMTPAuthLogin, "LOGIN", ""},
		"in small letters":             {"login", nil, "", "LOGIN", ""},
		"the old form":                 {"", func(s *mailServer) { s.offers = []string{"AUTH=LOGIN"} }, "", "LOGIN", ""},
		"the old form with more":       {"", func(s *mailServer) { s.offers = []string{"AUTH=LOGIN PLAIN"} }, "", "PLAIN", ""},
		"questions in other words":     {"LOGIN", func(s *mailServer) { s.prompts = []string{"User Name\x00", "Kennwort"} }, "", "LOGIN", ""},
		"questions without words":      {"LOGIN", func(s *mailServer) { s.prompts = []string{"", ""} }, "", "LOGIN", ""},
		"PLAIN offered but not had":    {"PLAIN LOGIN", func(s *mailServer) { s.unknown = "PLAIN" }, "", "PLAIN LOGIN", ""},
		"neither":                      {"CRAM-MD5 XOAUTH2", nil, "", "", "no way of signing in that Greenroom knows (PLAIN, LOGIN): it offers CRAM-MD5, XOAUTH2"},
		"nothing":                      {"", nil, "", "", "it offers none"},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRoom(t, func(s *mailServer) {
				s.certify, s.login, s.methods = &authority, "studio:a secret", tc.methods
				if tc.server != nil {
					tc.server(s)
				}
			})
			settings := &r.App.Settings().SMTP
			settings.Username, settings.Password, settings.AuthMethod = "studio", "a secret", tc.prefers
			notices["sessionNotes"](r)
			letters := r.later(gathered)
			_, auths, _ := r.server.heard()
			if got := strings.Join(auths, " "); got != tc.tried || len(letters) == 0 != (tc.says != "") {
				t.Errorf("tried %q, %d mails", got, len(letters))
			}
			if said := fmt.Sprint(r.health()["lastError"]); tc.says != "" && !strings.Contains(said, tc.says) {
				t.Errorf("the owner is told %q", said)
			}
		})
	}
}

// Without TLS no password is sent to another machine.
func TestNoPasswordGoesOutInTheClear(t *testing.T) {
	for _, tc := range []struct {
		host         string
		tls, refused bool
	}{
		{"mail.example.com", false, true}, {"192.0.2.1", false, true}, {"localhost.example.com", false, true},
		{"mail.example.com", true, false}, {"localhost", false, false}, {"127.0.0.1", false, false}, {"127.8.8.8", false, false}, {"::1", false, false},
	} {
		for _, methods := range []string{"PLAIN", "LOGIN", "PLAIN LOGIN"} {
			s := newMailServer(t, func(s *mailServer) {
				s.login, s.methods = "studio:a secret", methods
				if tc.tls {
					s.certify = &authority
				}
			})
			connection, err := net.Dial("tcp", s.address)
			if err != nil {
				t.Fatal(err)
			}
			err = greet(connection, core.SMTPConfig{Host: tc.host, Username: "studio", Password: "a secret"})
			connection.Close()
			_, auths, _ := s.heard()
			if refused := err != nil; refused != tc.refused || tc.refused != (len(auths) == 0) {
				t.Errorf("%s, TLS %v, %s: %v after %v", tc.host, tc.tls, methods, err, auths)
			}
			if tc.refused && !strings.Contains(err.Error(), "no TLS") {
				t.Error(err)
			}
		}
	}
}

func TestDomainsInOtherLetters(t *testing.T) {
	for _, tc := range []struct {
		address, rcpt string
		offers        []string
	}{
		{"ana@bücher.example", "TO:<ana@xn--bcher-kva.example>", nil},
		{"ana@BÜCHER.example", "TO:<ana@xn--bcher-kva.example>", nil},
		{"ana@例え.jp", "TO:<ana@xn--r8jz45g.jp>", nil},
		{"ana@straße.example", "TO:<ana@xn--strae-oqa.example>", nil},
		{"ana@xn--bcher-kva.example", "TO:<ana@xn--bcher-kva.example>", nil},
		{"ana@bücher.example", "TO:<ana@xn--bcher-kva.example>", []string{"SMTPUTF8"}},
		{"änne@bücher.example", "TO:<änne@xn--bcher-kva.example>", []string{"SMTPUTF8"}},
	} {
		r := newRoomAt(t, newMailServer(t, func(s *mailServer) { s.offers = tc.offers }), map[string]string{"GREENROOM_OWNER_EMAIL": "james@büro.example"})
		r.addressed(tc.address)
		notices["sessionNotes"](r)
		l := r.one(r.later(gathered))
		if l.rcpt != tc.rcpt || !strings.Contains(l.raw, "james@xn--bro-hoa.example") {
			t.Errorf("%s: RCPT %s\n%s", tc.address, l.rcpt, l.raw)
		}
		if tc.offers == nil && strings.ContainsFunc(l.raw, func(r rune) bool { return r >= 0x80 }) {
			t.Errorf("%s: the mail is not in ASCII:\n%s", tc.address, l.raw)
		}
	}
}

// addressed sets Ana's address without validation, as an older studio may have it.
func (r *room) addressed(email string) {
	r.t.Helper()
	if _, err := r.App.DB().Update("clients", map[string]any{"email": email}, nil).Execute(); err != nil {
		r.t.Fatal(err)
	}
}

func TestALocalPartThatTheServerDoesNotTake(t *testing.T) {
	for _, address := range []string{"änne@example.com", "анна@example.com", "ana\u200b@example.com"} {
		r := newRoom(t)
		r.addressed(address)
		notices["sessionNotes"](r)
		r.later(gathered)
		_, rows := r.states()
		if said := rows[0].GetString("lastError"); rows[0].GetString("state") != "failed" || !strings.Contains(said, "before the @") || r.health()["troubles"] != 1.0 {
			t.Errorf("%s: %s, %q", address, rows[0].GetString("state"), said)
		}
		if _, _, lines := r.server.heard(); strings.Contains(strings.Join(lines, ""), "RCPT") {
			t.Errorf("%s: the server was asked: %q", address, lines)
		}
	}
}

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

var eightDigits = regexp.MustCompile(`\b\d{8}\b`)

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

// Every kind of mail says that a program sent it (Auto-Submitted, RFC 3834).
func TestEveryMailSaysThatAProgramSentIt(t *testing.T) {
	r := newRoom(t)
	nora := r.make("clients", fields{"email": "nora@example.com"})
	html := message()
	html.HTML, html.Headers = "<p>Grüße</p>", nil
	for name, send := range map[string]func(){
		"notice":     func() { notices["sessionNotes"](r); r.later(gathered) },
		"code":       r.askForCode,
		"invitation": func() { r.Do("POST", "/api/studio/clients/"+nora.Id+"/invite", r.Owner, nil) },
		"automation": func() {
			if err := r.App.NewMailClient().Send(html); err != nil {
				t.Error(err)
			}
		},
		"PocketBase's own": func() {
			r.Do("POST", "/api/collections/_superusers/request-password-reset", "", fields{"email": "owner@example.com"})
		},
	} {
		before := len(r.server.letters())
		send()
		poll(t, name, func() bool { return len(r.server.letters()) > before })
		l := r.server.letters()[before]
		if l.Get("Auto-Submitted") != "auto-generated" || l.Get("Message-Id") == "" {
			t.Errorf("%s: %v", name, l.Header)
		}
	}
}

// Names and words with line breaks, changes of direction and great length do not break a mail.
func TestTextsThatMailsSeldomHave(t *testing.T) {
	for name, text := range map[string]string{
		"a line of 9,500 characters": strings.Repeat("ab ", 3_166) + "ü",
		"a word of 9,500 characters": strings.Repeat("x", 9_500),
		"right to left":              "שלום עולם, \u202egnp.exe",
		"zero width":                 "a\u200bb\u200dc\ufeffd",
		"emoji":                      strings.Repeat("👩‍👩‍👧", 300),
	} {
		t.Run(name, func(t *testing.T) {
			r := newRoom(t)
			if _, err := r.App.DB().Update("clients", map[string]any{"name": firstRunes(strings.Repeat(text, 200), 200)}, nil).Execute(); err != nil {
				t.Fatal(err)
			}
			goal := r.in("goals", fields{"title": "Release"})
			r.make("comments", fields{"goal": goal.Id, "body": text})
			notice := r.one(r.later(gathered))
			r.must("POST", "comments", "", r.anaToken, fields{"goal": goal.Id, "body": text})
			r.later(gathered)
			r.askForCode()
			poll(t, "the code", func() bool { return len(r.server.letters()) == 3 })
			for _, l := range append(r.server.letters(), notice) {
				for line := range strings.SplitSeq(l.raw, "\r\n") {
					if len(line) > 998 || strings.ContainsFunc(line, func(r rune) bool { return r >= 0x80 }) {
						t.Errorf("a line of %d bytes, or not in ASCII: %q", len(line), line)
					}
				}
				if strings.ContainsRune(l.Subject+l.Text+l.Get("To"), '\u202e') {
					t.Errorf("a mark of direction is left in %q", l.Subject)
				}
				if to, err := l.AddressList("To"); err != nil || len(to) != 1 || len([]rune(to[0].Name)) > 200 {
					t.Errorf("to %v: %v", to, err)
				}
			}
		})
	}
}

func firstRunes(text string, n int) string { return string([]rune(text)[:n]) }

// Opening the link, as programs do with all links in a mail, unsubscribes nobody.
func TestAScannerUnsubscribesNobody(t *testing.T) {
	r := newRoom(t)
	path := "/api/portal/unsubscribe?key=" + r.Reload(r.ana).GetString("unsubscribeKey")
	noFollow := &http.Client{CheckRedirect: func(*http.Request, []*http.Request) error { return http.ErrUseLastResponse }}
	for _, method := range []string{"GET", "HEAD", "OPTIONS"} {
		request, err := http.NewRequest(method, r.URL+path, nil)
		if err != nil {
			t.Fatal(err)
		}
		request.Header.Set("User-Agent", "Mimecast link scanner")
		answer, err := noFollow.Do(request)
		if err != nil {
			t.Fatal(err)
		}
		answer.Body.Close()
		if choice := r.Reload(r.ana).GetString("notices"); choice != "each" || answer.StatusCode >= 500 {
			t.Errorf("%s: %d, and the client gets %s", method, answer.StatusCode, choice)
		}
	}
}
