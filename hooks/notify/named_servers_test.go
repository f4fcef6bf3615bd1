package notify_test

import (
	"fmt"
	"net"
	"os"
	"strings"
	"testing"

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
