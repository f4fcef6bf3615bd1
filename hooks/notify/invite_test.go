package notify_test

import (
	"testing"

	"github.com/pocketbase/pocketbase/tools/types"
)

func TestInvite(t *testing.T) {
	r := newRoom(t)
	nora := r.make("clients", fields{"name": "Nora Quinn", "email": "nora@example.com"}) // who has not signed in yet
	path := "/api/studio/clients/" + nora.Id + "/invite"
	invitedAt := func() string { return r.Reload(nora).GetString("invitedAt") }
	if r.Do("POST", path, r.anaToken, nil).Status != 403 || r.Do("POST", path, "", nil).Status != 401 || len(r.server.letters()) > 0 {
		t.Error("somebody else than the owner invites")
	}

	r.server.answer("RCPT", "550 no such user")
	if answer := r.Do("POST", path, r.Owner, nil); answer.Status != 502 || invitedAt() != "" {
		t.Errorf("refused by the mail server: %d %s, invited at %q", answer.Status, answer.Raw, invitedAt())
	}
	r.server.heal()
	answer := r.Do("POST", path, r.Owner, nil)
	if at, _ := answer.JSON()["invitedAt"].(string); answer.Status != 200 || at == "" || invitedAt() == "" {
		t.Fatalf("%d %s, invited at %q", answer.Status, answer.Raw, invitedAt())
	}
	golden(t, "invitation", r.one(r.server.letters()))
	if again := r.Do("POST", path, r.Owner, nil); again.Status != 409 || len(r.server.letters()) != 1 {
		t.Errorf("pressed twice: %d %s, %d letters", again.Status, again.Raw, len(r.server.letters()))
	}

	r.set(nora, fields{"invitedAt": "2026-01-02 03:04:05.000Z", "archivedAt": types.NowDateTime()})
	if archived := r.Do("POST", path, r.Owner, nil); archived.Status != 400 || len(r.server.letters()) != 1 {
		t.Errorf("archived: %d %s", archived.Status, archived.Raw)
	}
	r.set(nora, fields{"archivedAt": ""})
	r.server.answer(".", drop)
	if unsure := r.Do("POST", path, r.Owner, nil); unsure.Status != 502 || invitedAt() == "2026-01-02 03:04:05.000Z" {
		t.Errorf("the server hangs up after the mail: %d %s, invited at %q", unsure.Status, unsure.Raw, invitedAt())
	}
	if missing := r.Do("POST", "/api/studio/clients/nosuchclient123/invite", r.Owner, nil); missing.Status != 404 {
		t.Errorf("nobody: %d %s", missing.Status, missing.Raw)
	}
}
