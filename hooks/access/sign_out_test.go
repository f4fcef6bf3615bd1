package access_test

import (
	"testing"

	"greenroom/hooks/testkit"
)

func TestSignOutEndsEverySignInOfTheClientAlone(t *testing.T) {
	r := testkit.NewRoom(t)
	other, err := r.Ana.NewAuthToken() // on another device
	if err != nil {
		t.Fatal(err)
	}
	line := r.Live(r.AnaToken, "portal")
	if answer := r.Do("POST", "/api/portal/signout", r.AnaToken, nil); answer.Status != 204 || len(answer.Raw) != 0 {
		t.Fatalf("%d %s", answer.Status, answer.Raw)
	}
	line.Ended()
	for name, token := range map[string]string{"the one that signed out": r.AnaToken, "the other device": other} {
		if answer := r.Do("GET", "/api/portal/overview", token, nil); answer.Status != 401 {
			t.Errorf("%s: %d", name, answer.Status)
		}
	}
	if answer := r.Do("GET", "/api/portal/overview", r.BenToken, nil); answer.Status != 200 {
		t.Errorf("Ben: %d", answer.Status)
	}
}

func TestSignOutGuard(t *testing.T) {
	r := testkit.NewRoom(t)
	for _, c := range []struct {
		name, token, query string
		status             int
	}{
		{"a guest", "", "", 401},
		{"the owner", r.Owner, "", 403},
		{"the owner as a client", r.Owner, "?as=" + r.Ana.Id, 403},
	} {
		t.Run(c.name, func(t *testing.T) {
			if answer := r.Do("POST", "/api/portal/signout"+c.query, c.token, nil); answer.Status != c.status || answer.Message() == "" {
				t.Errorf("%d %s", answer.Status, answer.Raw)
			}
		})
	}
	if answer := r.Do("GET", "/api/portal/overview", r.AnaToken, nil); answer.Status != 200 {
		t.Errorf("Ana was signed out: %d", answer.Status)
	}
}
