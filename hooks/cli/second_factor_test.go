package cli

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"

	"greenroom/hooks/testkit"

	"github.com/spf13/cobra"
)

// TestSecondFactorFromTheShell switches the code at a running server, where it takes effect at once, and without one.
func TestSecondFactorFromTheShell(t *testing.T) {
	dir := testkit.Dir(t)
	s, elsewhere := serve(t, dir), open(t, dir)
	save(t, s, "_superusers", map[string]any{"email": "james@example.com", "password": "a password of tests"})
	factor := func(state string) (string, error) {
		return run([]*cobra.Command{secondFactorCommand(elsewhere, settings(t))}, "second-factor", state)
	}
	expect := func(state, words string) {
		t.Helper()
		if out, err := factor(state); err != nil || !strings.Contains(out, words) {
			t.Fatalf("%s: %q, %v", state, out, err)
		}
	}
	withPassword := func() (status int, said string) {
		t.Helper()
		body := `{"identity":"james@example.com","password":"a password of tests"}`
		answer, err := http.Post(s.url+"/api/collections/_superusers/auth-with-password", "application/json", bytes.NewBufferString(body))
		if err != nil {
			t.Fatal(err)
		}
		defer answer.Body.Close()
		text, err := io.ReadAll(answer.Body)
		if err != nil {
			t.Fatal(err)
		}
		return answer.StatusCode, string(text)
	}
	expect("on", "code by mail")
	if status, said := withPassword(); status != http.StatusUnauthorized || !strings.Contains(said, "mfaId") {
		t.Errorf("a password alone: %d %s", status, said)
	}
	expect("off", "password alone")
	if status, said := withPassword(); status != http.StatusOK {
		t.Errorf("off again: %d %s", status, said)
	}
	if _, err := factor("perhaps"); err == nil {
		t.Error("perhaps is taken")
	}
	s.stop()
	expect("on", "code by mail") // without a server
}
