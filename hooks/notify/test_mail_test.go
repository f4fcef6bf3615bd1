package notify_test

import (
	"strings"
	"testing"

	"greenroom/hooks/config"
	"greenroom/hooks/notify"
)

func TestTheTestMail(t *testing.T) {
	r := newRoom(t)
	c, err := config.Parse(map[string]string{"GREENROOM_STUDIO": "Quiet Room", "GREENROOM_OWNER": "James", "GREENROOM_OWNER_EMAIL": "james@example.com"})
	if err != nil {
		t.Fatal(err)
	}
	if err := notify.SendTest(r.App, c, "You <you@example.org>"); err != nil {
		t.Fatal(err)
	}
	golden(t, "test mail", r.one(r.server.letters()))

	r.server.answer("RCPT", "550 no such user")
	if err := notify.SendTest(r.App, c, "you@example.org"); err == nil || !strings.Contains(err.Error(), "550 no such user") {
		t.Error(err)
	}
	r.server.heal()
	r.server.answer(".", drop)
	if err := notify.SendTest(r.App, c, "you@example.org"); err == nil || !strings.Contains(err.Error(), "not known") {
		t.Error(err)
	}
}
