package cli

import (
	"net/http"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"greenroom/hooks/billing/stripefake"
	"greenroom/hooks/testkit"
)

func TestClientAdd(t *testing.T) {
	s := testkit.New(t, nil)
	must(t, s.App, "client", "add", "--email", "nora@example.com", "--name", "Nora Quinn", "--company", "Blue Band", "--stripe", "cus_1")
	nora, err := FindClient(s.App, "nora@example.com")
	if err != nil {
		t.Fatal(err)
	}
	for field, want := range map[string]string{"email": "nora@example.com", "name": "Nora Quinn", "company": "Blue Band", "stripeCustomerId": "cus_1", "archivedAt": ""} {
		if got := nora.GetString(field); got != want {
			t.Errorf("%s = %q, want %q", field, got, want)
		}
	}
	for name, tc := range map[string]struct {
		args string
		want string // the output, or the beginning of the error
	}{
		"by the first argument": {"ada@example.com --name Ada", "Added Ada, ada@example.com.\n"},
		"again, in capitals":    {"NORA@Example.COM", "Another client has this email address"},
		"no email":              {"--name Nobody", "the client's email is missing"},
		"an empty email":        {"--email= --name Nobody", "the client's email is missing"},
		"two emails":            {"a@example.com --email b@example.com", "the email is given twice"},
		"surplus":               {"a@example.com b@example.com", "accepts at most 1 arg(s), received 2"},
		"not an email":          {"nobody", "email: must be a valid email address."},
		"not a customer":        {"a@example.com --stripe in_1", "--stripe takes a customer's id"},
		"markup":                {"a@example.com --name <b>", "The name is plain text"},
	} {
		t.Run(name, func(t *testing.T) {
			out, err := execute(t, s.App, append([]string{"client", "add"}, strings.Fields(tc.args)...)...)
			if err != nil {
				out += err.Error()
			}
			if !strings.HasPrefix(out, tc.want) {
				t.Errorf("got %q, want %q…", out, tc.want)
			}
		})
	}
	if n, err := s.App.CountRecords("clients"); n != 2 || err != nil {
		t.Errorf("%d clients, %v; want Nora and Ada", n, err)
	}
	if mails := s.Outbox(); len(mails) > 0 {
		t.Errorf("something was sent: %s", mails)
	}
}

// With a key, Stripe is asked whether the id exists. If Stripe cannot be asked, the client is added all the same.
func TestClientAddLooksTheCustomerUp(t *testing.T) {
	stripe := stripefake.New()
	t.Cleanup(stripe.Close)
	stripe.Add("customer", stripefake.Object{"id": "cus_there"})
	stripe.Delete(stripe.Add("customer", stripefake.Object{"id": "cus_deleted"}))
	down := stripefake.Refuse(http.StatusTooManyRequests, "invalid_request_error", "rate_limit")

	s := testkit.New(t, nil)
	for _, tc := range []struct {
		customer string
		down     bool
		want     string // the output, or the beginning of the error
	}{
		{"cus_there", false, "Added cus_there@example.com.\n"},
		{"cus_deleted", false, "there is no customer cus_deleted at Stripe"},
		{"cus_other", false, "there is no customer cus_other at Stripe"},
		{"cus_unsure", true, "Added cus_unsure@example.com.\n"},
	} {
		stripe.FailWith(func(*http.Request) http.HandlerFunc {
			if tc.down {
				return down
			}
			return nil
		})
		c := settings(t, map[string]string{"STRIPE_SECRET_KEY": stripefake.Key, "STRIPE_WEBHOOK_SECRET": "whsec_1", "STRIPE_API_URL": stripe.URL})
		out, err := run([]*cobra.Command{clientCommand(s.App, c)}, "client", "add", tc.customer+"@example.com", "--stripe", tc.customer)
		if err != nil {
			out = err.Error()
		}
		if !strings.HasPrefix(out, tc.want) {
			t.Errorf("%s: got %q, want %q…", tc.customer, out, tc.want)
		}
	}
	if n, err := s.App.CountRecords("clients"); n != 2 || err != nil {
		t.Errorf("%d clients, %v; want two", n, err)
	}
}

func TestClientList(t *testing.T) {
	s := testkit.New(t, nil)
	if out := must(t, s.App, "client", "list"); out != "No clients to list.\n" {
		t.Error(out)
	}
	s.Make("clients", map[string]any{"email": "z@example.com", "name": "ada"})
	s.Make("clients", map[string]any{"email": "b@example.com", "name": "Zoe", "company": "Blue Band"})
	s.Make("clients", map[string]any{"email": "old@example.com", "name": "Old", "archivedAt": "2026-01-02 03:04:05.000Z"})
	s.Make("clients", map[string]any{"email": "unnamed@example.com"})
	const active = "unnamed@example.com\nada, z@example.com\nZoe, b@example.com, Blue Band\n"
	const all = "unnamed@example.com\nada, z@example.com\nOld, old@example.com, archived\nZoe, b@example.com, Blue Band\n"
	if out := must(t, s.App, "client", "list"); out != active {
		t.Errorf("got\n%swant\n%s", out, active)
	}
	if out := must(t, s.App, "client", "list", "--all"); out != all {
		t.Errorf("--all: got\n%swant\n%s", out, all)
	}

	list := decode[[]map[string]any](t, must(t, s.App, "client", "list", "--all", "--json"))
	if len(list) != 4 {
		t.Fatalf("%d clients, want 4", len(list))
	}
	old := list[2]
	keys := []string{"id", "name", "email", "company", "stripeCustomerId", "archivedAt", "invitedAt"}
	for _, key := range keys {
		if _, ok := old[key].(string); !ok {
			t.Errorf("%s = %v, want text", key, old[key])
		}
	}
	if old["archivedAt"] != "2026-01-02T03:04:05.000Z" || len(old) != len(keys) || list[0]["archivedAt"] != "" {
		t.Errorf("got %v", list)
	}
}

func TestArchiveAndRestoreWithoutAServer(t *testing.T) {
	s := testkit.New(t, nil)
	client, token := s.Client("nora")
	mustWork := func(works bool) {
		t.Helper()
		if _, err := s.App.FindAuthRecordByToken(token); (err == nil) != works {
			t.Errorf("the token works: %v, want %v", err == nil, works)
		}
	}
	mustWork(true)
	for _, step := range []struct {
		args, want string
		archived   bool
	}{
		{"restore nora@example.com", "nora, nora@example.com is not archived.\n", false},
		{"archive NORA@Example.com", "Archived nora, nora@example.com. Their sign-ins have ended.\n", true},
		{"archive " + client.Id, "nora, nora@example.com was archived already.\n", true},
		{"restore " + client.Id, "Restored nora, nora@example.com. They can sign in again.\n", false},
	} {
		before := s.Reload(client).GetString("archivedAt")
		if out := must(t, s.App, append([]string{"client"}, strings.Fields(step.args)...)...); out != step.want {
			t.Errorf("%s: got %q, want %q", step.args, out, step.want)
		}
		after := s.Reload(client).GetString("archivedAt")
		if (after != "") != step.archived || before != "" && after != "" && before != after {
			t.Errorf("%s: archivedAt went from %q to %q", step.args, before, after)
		}
	}
	mustWork(false) // restoring the client does not restore the sign-in
	for _, name := range []string{"archive", "restore"} {
		if _, err := execute(t, s.App, "client", name, "nobody@example.com"); err == nil || err.Error() != `no client has the email or the id "nobody@example.com"` {
			t.Errorf("%s: %v", name, err)
		}
	}
	if got := decode[map[string]any](t, must(t, s.App, "client", "archive", client.Id, "--json")); got["id"] != client.Id || got["archivedAt"] == "" {
		t.Errorf("JSON: %v", got)
	}
	if slices.Contains(strings.Split(must(t, s.App, "client", "list"), "\n"), "nora, nora@example.com") {
		t.Error("an archived client is still listed")
	}
}
