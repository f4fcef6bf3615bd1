package billing

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/router"
	"github.com/pocketbase/pocketbase/tools/security"
	"github.com/stripe/stripe-go/v76"

	"greenroom/hooks/config"
	"greenroom/hooks/integrations"
	"greenroom/hooks/people"
)

// Invariant: no session is on two drafts, and no session is on a draft that lacks lines. A draft is made at Stripe line
// by line; only then is its id written into its sessions, in one transaction. Before the first request, a row
// billing:draft-<project> stores a random key, which the draft's metadata has too. A server that finds this row knows
// that an attempt was interrupted: it deletes that draft at Stripe and starts again.

const (
	draftKey      = "greenroom_draft"   // metadata of the invoice: the key of the attempt that made it
	linesKey      = "greenroom_lines"   // metadata of the invoice: the fingerprint of its lines
	sessionKey    = "greenroom_session" // metadata of a line: the id of its session
	stateDrafting = "drafting"
	draftKeyChars = 20
	draftTime     = 2 * time.Minute
	daysUntilDue  = 14 // days; the owner can change it at Stripe before sending
	draftsPath    = "/api/studio/invoices"
)

// DraftsPath is the route to which a command sends an Order while the server runs.
const DraftsPath = draftsPath

// MakeDraft makes a draft without a server, for a command on a studio that is not running.
func MakeDraft(ctx context.Context, app core.App, c config.Config, o Order) (*Draft, error) {
	if c.StripeSecretKey == "" {
		return nil, router.NewBadRequestError(config.Config{}.Service("billing").SetUp(), nil)
	}
	return newService(app, c).draft(ctx, o, time.Now())
}

// bindDrafts serves POST /api/studio/invoices for the owner: an Order in, a Draft out.
func bindDrafts(app core.App, s *service) {
	app.OnServe().BindFunc(func(se *core.ServeEvent) error {
		se.Router.POST(draftsPath, func(e *core.RequestEvent) error {
			var o Order
			if err := e.BindBody(&o); err != nil {
				return e.BadRequestError("What is to be billed could not be read. Send it as JSON.", err)
			}
			if s == nil {
				return e.Error(http.StatusServiceUnavailable, config.Config{}.Service("billing").SetUp(), nil)
			}
			// The request's own context is not used: an owner who leaves must not interrupt a draft.
			d, err := s.draft(s.ctx, o, time.Now())
			if err != nil {
				return err
			}
			e.Response.Header().Set("Cache-Control", "no-store")
			return e.JSON(http.StatusOK, d)
		}).Bind(apis.RequireSuperuserAuth())
		return se.Next()
	})
}

// draft makes a draft invoice of the sessions that have not been billed and of the fixed amounts. With DryRun it only
// returns what the invoice would contain. A draft with the same lines that is there already is returned instead of a
// second one.
func (s *service) draft(ctx context.Context, o Order, now time.Time) (*Draft, error) {
	ctx, cancel := context.WithTimeout(ctx, draftTime)
	defer cancel()
	project, err := s.app.FindRecordById("projects", o.Project)
	if err != nil {
		return nil, router.NewNotFoundError("There is no such project. It may have been deleted.", err)
	}
	client, err := s.app.FindRecordById("clients", project.GetString("client"))
	if err != nil {
		return nil, fmt.Errorf("billing: find the client of project %s: %w", project.Id, err)
	}
	customerId := client.GetString("stripeCustomerId")
	if customerId == "" {
		return nil, refuseOrder("%s is no customer at Stripe yet. Make one there with the email %s, or write its id (cus_…) beside the client.",
			people.DisplayName(client), client.Email())
	}
	defer s.drafts.Lock(customerId)()
	if o.DryRun {
		d, err := s.lines(o, project, now)
		if err != nil {
			return nil, err
		}
		d.Client = people.DisplayName(client)
		d.inWords()
		return d, nil
	}
	customer, err := s.stripe.customer(ctx, customerId)
	if err != nil {
		return nil, atStripe(err)
	}
	if customer == nil || customer.Deleted {
		return nil, refuseOrder("Stripe does not know the customer %s, whom %s is linked to. Correct the client's stripeCustomerId first.", customerId, people.DisplayName(client))
	}
	invoices, err := s.stripe.invoicesOf(ctx, customerId)
	if err != nil {
		return nil, atStripe(err)
	}
	if err := s.catchUp(ctx, project.Id, invoices); err != nil {
		return nil, err
	}
	d, err := s.lines(o, project, now)
	if err != nil {
		return nil, err
	}
	d.Client = people.DisplayName(client)
	print := d.fingerprint(project.Id)
	for _, invoice := range invoices {
		if invoice.Status == stripe.InvoiceStatusDraft && invoice.Metadata[linesKey] == print {
			d.Invoice, d.Already = invoice.ID, true
		}
	}
	if d.Invoice == "" {
		if err := s.createDraft(ctx, d, project, customerId, print); err != nil {
			return nil, err
		}
	}
	d.URL = invoiceDashboard(d.Invoice, s.stripe.inTestMode())
	d.inWords()
	return d, nil
}

// invoiceDashboard returns the address of an invoice in Stripe's dashboard.
func invoiceDashboard(id string, test bool) string {
	mode := ""
	if test {
		mode = "test/"
	}
	return "https://dashboard.stripe.com/" + mode + "invoices/" + id
}

func draftRow(projectId string) string { return integration + ":draft-" + projectId }

// createDraft makes the draft at Stripe and writes its id into the sessions.
func (s *service) createDraft(ctx context.Context, d *Draft, project *core.Record, customerId, print string) error {
	row, key := draftRow(project.Id), security.RandomString(draftKeyChars)
	trouble := fmt.Sprintf("A draft invoice for the project %s may be half made at Stripe. Bill the project again: the half is deleted first.", project.Id)
	if err := integrations.Set(s.app, row, stateDrafting, key, trouble); err != nil {
		return fmt.Errorf("billing: write %s: %w", row, err)
	}
	invoice, err := s.stripe.newDraft(ctx, customerId, d.Currency, project.GetString("title"), map[string]string{draftKey: key, linesKey: print}, key)
	if err == nil {
		for i, line := range d.Lines {
			if err = s.stripe.newLine(ctx, invoice, customerId, d.Currency, line, fmt.Sprintf("%s-%d", key, i)); err != nil {
				break
			}
		}
	}
	refused := status(err) >= http.StatusBadRequest && status(err) < http.StatusInternalServerError && status(err) != http.StatusConflict
	if err == nil {
		if err = s.markBilled(d, project.Id, invoice, row); err == nil {
			d.Invoice = invoice
			return nil
		}
	} else {
		err = atStripe(err)
	}
	s.undo(ctx, invoice, row, refused)
	return err
}

// undo deletes an incomplete draft and its row. If Stripe cannot be reached the row stays, and the next draft of the
// project deletes it. refused tells that Stripe certainly did not make the draft.
func (s *service) undo(ctx context.Context, invoice, row string, refused bool) {
	if invoice == "" && !refused {
		return // the draft may exist at Stripe, so the row stays
	}
	var err error
	if invoice != "" {
		err = s.stripe.deleteDraft(context.WithoutCancel(ctx), invoice)
	}
	if err == nil {
		err = integrations.Drop(s.app, row)
	}
	if err != nil {
		s.app.Logger().Warn("A half made draft invoice stays at Stripe until the project is billed again.", "invoice", invoice, "error", err)
	}
}

// markBilled writes the invoice's id into all sessions of the draft and removes the row, in one transaction.
func (s *service) markBilled(d *Draft, projectId, invoice, row string) error {
	return s.app.RunInTransaction(func(tx core.App) error {
		for _, line := range d.Lines {
			if line.Session == "" {
				continue
			}
			held, err := tx.FindRecordById("sessions", line.Session)
			if err != nil || held.GetString("project") != projectId || held.GetString("invoice") != "" {
				return router.NewApiError(http.StatusConflict, "The sessions have changed in the meantime, so nothing was billed. Look at them, then bill them again.", err)
			}
			held.Set("invoice", invoice)
			if err := tx.Save(held); err != nil {
				return fmt.Errorf("billing: mark session %s: %w", held.Id, err)
			}
		}
		return integrations.Drop(tx, row)
	})
}

// catchUp removes what an interrupted attempt left of the project, and makes sessions billable again whose invoice was
// voided or deleted at Stripe. invoices are all those of the client.
func (s *service) catchUp(ctx context.Context, projectId string, invoices []*stripe.Invoice) error {
	if err := s.takeBack(ctx, projectId, invoices); err != nil {
		return err
	}
	var billed []string
	err := s.app.DB().NewQuery("SELECT DISTINCT invoice FROM sessions WHERE project = {:project} AND invoice != ''").Bind(dbx.Params{"project": projectId}).Column(&billed)
	if err != nil {
		return fmt.Errorf("billing: read what is billed of %s: %w", projectId, err)
	}
	for _, id := range billed {
		at := slices.IndexFunc(invoices, func(invoice *stripe.Invoice) bool { return invoice.ID == id })
		if at >= 0 && invoices[at].Status != stripe.InvoiceStatusVoid {
			continue
		}
		// An invoice that is not listed may be of another customer, so each is looked up.
		if err := s.followInvoice(ctx, id); err != nil {
			return atStripe(err)
		}
	}
	return nil
}

// takeBack deletes the draft of an interrupted attempt. If the owner has finalised it in the meantime, its sessions are
// marked as billed instead.
func (s *service) takeBack(ctx context.Context, projectId string, invoices []*stripe.Invoice) error {
	name := draftRow(projectId)
	row, err := integrations.Row(s.app, name)
	if row == nil || err != nil {
		return err
	}
	for _, invoice := range invoices {
		switch {
		case invoice.Metadata[draftKey] == "" || invoice.Metadata[draftKey] != row.GetString("cursor"):
			continue
		case invoice.Status != stripe.InvoiceStatusDraft && invoice.Lines != nil:
			return s.adopt(invoice, name)
		}
		if err := s.stripe.deleteDraft(ctx, invoice.ID); err != nil {
			return atStripe(err)
		}
		invoice.Status, invoice.Metadata = stripe.InvoiceStatusVoid, nil
	}
	return integrations.Drop(s.app, name)
}

// adopt writes the invoice's id into those sessions of its lines that are not billed yet.
func (s *service) adopt(invoice *stripe.Invoice, row string) error {
	return s.app.RunInTransaction(func(tx core.App) error {
		for _, line := range invoice.Lines.Data {
			held, err := tx.FindRecordById("sessions", line.Metadata[sessionKey])
			if err != nil || held.GetString("invoice") != "" {
				continue
			}
			held.Set("invoice", invoice.ID)
			if err := tx.Save(held); err != nil {
				return fmt.Errorf("billing: mark session %s: %w", held.Id, err)
			}
		}
		return integrations.Drop(tx, row)
	})
}

// followInvoice makes the sessions of an invoice billable again if it was voided or deleted at Stripe.
func (s *service) followInvoice(ctx context.Context, id string) error {
	sessions, err := s.app.FindAllRecords("sessions", dbx.HashExp{"invoice": id})
	if len(sessions) == 0 || err != nil {
		return err
	}
	gone, err := s.isGone(ctx, id, sessions[0].GetString("client"))
	if !gone || err != nil {
		return err
	}
	return s.app.RunInTransaction(func(tx core.App) error {
		for _, billed := range sessions {
			held, err := tx.FindRecordById("sessions", billed.Id)
			if err != nil || held.GetString("invoice") != id {
				continue // the session was deleted or billed again in the meantime
			}
			held.Set("invoice", "")
			if err := tx.Save(held); err != nil {
				return fmt.Errorf("billing: free session %s: %w", held.Id, err)
			}
		}
		return nil
	})
}

// isGone reports whether an invoice was voided or deleted. An invoice that Stripe does not know counts as deleted only
// if Stripe knows its customer: with the key of another account it would know neither.
func (s *service) isGone(ctx context.Context, id, clientId string) (bool, error) {
	invoice, err := s.stripe.invoice(ctx, id)
	if err != nil || invoice != nil {
		return invoice != nil && (invoice.Deleted || invoice.Status == stripe.InvoiceStatusVoid), err
	}
	client, err := s.app.FindRecordById("clients", clientId)
	if err != nil {
		return false, fmt.Errorf("billing: find the client of invoice %s: %w", id, err)
	}
	customerId := client.GetString("stripeCustomerId")
	if customerId == "" {
		return false, nil
	}
	customer, err := s.stripe.customer(ctx, customerId)
	return customer != nil && !customer.Deleted, err
}
