package cli

import (
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"greenroom/hooks/billing/stripefake"
	"greenroom/hooks/testkit"
)

func TestInvoice(t *testing.T) {
	for name, withServer := range map[string]bool{"with a server": true, "without a server": false} {
		t.Run(name, func(t *testing.T) {
			stripe := stripefake.New()
			t.Cleanup(stripe.Close)
			environment := map[string]string{"STRIPE_SECRET_KEY": stripefake.Key, "STRIPE_WEBHOOK_SECRET": "whsec_1", "STRIPE_API_URL": stripe.URL}
			dir := testkit.Dir(t)
			if withServer {
				serve(t, dir, environment)
			}
			app, client, project := album(t, dir)
			save(t, app, "sessions", map[string]any{"project": project.Id, "title": "Mix review", "date": "2025-11-18 10:00:00Z", "durationMin": 80})
			invoice := func(args ...string) (string, error) {
				return run([]*cobra.Command{invoiceCommand(app, settings(t, environment))}, append([]string{"invoice", "album"}, args...)...)
			}
			if _, err := invoice("--rate", "60"); err == nil || err.Error() != "Nora Quinn is no customer at Stripe yet. Make one there with the email nora@example.com, or write its id (cus_…) beside the client." {
				t.Errorf("no customer: %v", err)
			}
			stripe.Add("customer", stripefake.Object{"id": "cus_nora"})
			client.Set("stripeCustomerId", "cus_nora")
			if err := app.Save(client); err != nil {
				t.Fatal(err)
			}
			out, err := invoice("--rate", "60", "--round", "--dry-run")
			if err != nil || !strings.HasPrefix(out, "An invoice for Nora Quinn would have 1 line, £90.00 in all.\n18 November 2025, Mix review, 1 h 30 min: £90.00\nLeft out: ") ||
				!strings.Contains(out, "Listening: its minutes are not written down.\n") {
				t.Errorf("%q, %v", out, err)
			}
			out, err = invoice("--rate", "60", "--fixed", "Mixing, first half=640", "--json")
			drafts := stripe.All("invoice")
			if err != nil || len(drafts) != 1 || !strings.Contains(out, `"total": 72000`) || !strings.Contains(out, drafts[0]["id"].(string)) {
				t.Errorf("%q, %v, %d drafts", out, err, len(drafts))
			}
			if _, err := invoice("--rate", "60"); err == nil || !strings.HasPrefix(err.Error(), "There is no session to bill in Live album.") {
				t.Errorf("again: %v", err)
			}
		})
	}
}
