package notify_test

import (
	"strings"
	"testing"
)

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
