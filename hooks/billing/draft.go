package billing

import (
	"context"
	"fmt"
	"net/http"
	"slices"
	"strings"
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

// A draft invoice is made at Stripe line by line, and only then do its sessions name it, all in one transaction. Before
// the first request a row billing:draft-<project> is written with the draft's key, which is in its metadata too. A
// server that finds that row later knows that the making was cut short, deletes what is there of the draft, and begins
// anew: no session is on two drafts, and none on a draft that lacks lines.

const (
	draftKey      = "greenroom_draft"   // in the invoice's metadata: which attempt made it
	linesKey      = "greenroom_lines"   // and what its lines were
	sessionKey    = "greenroom_session" // in a line's metadata
	stateDrafting = "drafting"
	draftKeyChars = 20
	draftTime     = 2 * time.Minute
	daysUntilDue  = 14 // the owner can change it at Stripe before it is sent
	draftsPath    = "/api/studio/invoices"
)

// DraftsPath is where the running server takes an Order.
const DraftsPath = draftsPath

// MakeDraft makes a draft where no server runs.
func MakeDraft(ctx context.Context, app core.App, c config.Config, o Order) (*Draft, error) {
	if c.StripeSecretKey == "" {
		return nil, router.NewBadRequestError(config.Config{}.Service("billing").SetUp(), nil)
	}
	return newService(app, c).draft(ctx, o, time.Now())
}

// bindDrafts serves POST /api/studio/invoices, which takes an Order and gives a Draft.
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
			// A visitor who goes away ends nothing that is half made.
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

// draft makes a draft invoice of what has not been billed, or says what would be on it.
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
		if err := s.make(ctx, d, project, customerId, print); err != nil {
			return nil, err
		}
	}
	d.URL = invoiceDashboard(d.Invoice, s.stripe.inTestMode())
	d.inWords()
	return d, nil
}

// invoiceDashboard is where the owner sees an invoice.
func invoiceDashboard(id string, test bool) string {
	mode := ""
	if test {
		mode = "test/"
	}
	return "https://dashboard.stripe.com/" + mode + "invoices/" + id
}

func draftRow(projectId string) string { return integration + ":draft-" + projectId }

// make makes the draft at Stripe, and has its sessions name it.
func (s *service) make(ctx context.Context, d *Draft, project *core.Record, customerId, print string) error {
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

// undo takes back what is there of a draft. Where Stripe cannot be reached the row stays, and the next draft does it.
func (s *service) undo(ctx context.Context, invoice, row string, refused bool) {
	if invoice == "" && !refused {
		return // whether it was made nobody knows: the row stays
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

// markBilled has the draft's sessions name it, all of them or none, and ends its row.
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

// catchUp brings a project's sessions in step with the invoices of its client: what was cut short is taken back, and
// the sessions of invoices that were voided or deleted are free again.
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
		if err := s.followInvoice(ctx, id); err != nil { // of another customer perhaps: Stripe says so for each
			return atStripe(err)
		}
	}
	return nil
}

// takeBack undoes a draft whose making was cut short. One that the owner has finalised all the same is billed as it is.
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

// adopt has those sessions of an invoice's lines name it that are free.
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

// followInvoice frees the sessions of an invoice that was voided or deleted at Stripe.
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
				continue // deleted or billed anew in the meantime
			}
			held.Set("invoice", "")
			if err := tx.Save(held); err != nil {
				return fmt.Errorf("billing: free session %s: %w", held.Id, err)
			}
		}
		return nil
	})
}

// isGone tells whether an invoice was voided or deleted. One that Stripe does not know was deleted only if Stripe knows
// its customer: under the key of another account it would know neither.
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

// inTestMode tells whether the key is one of Stripe's test mode.
func (g *gateway) inTestMode() bool {
	_, mode, _ := strings.Cut(g.key, "_")
	return strings.HasPrefix(mode, "test_")
}

// invoice gives an invoice with the payment that is made for it; nil where there is none.
func (g *gateway) invoice(ctx context.Context, id string) (*stripe.Invoice, error) {
	params := &stripe.InvoiceParams{Expand: []*string{stripe.String("payment_intent")}}
	params.Context = ctx
	found, err := g.api.Invoices.Get(id, params)
	return one(found, found != nil && found.ID == id, "get invoice "+id, err)
}

// newDraft makes a draft invoice without lines, that nobody gets before it is finalised.
func (g *gateway) newDraft(ctx context.Context, customerId, currency, description string, metadata map[string]string, key string) (id string, err error) {
	params := &stripe.InvoiceParams{
		Customer: stripe.String(customerId), Currency: stripe.String(currency), Description: stripe.String(people.OneLine(description, maxLineChars)),
		CollectionMethod: stripe.String(string(stripe.InvoiceCollectionMethodSendInvoice)), DaysUntilDue: stripe.Int64(daysUntilDue),
		AutoAdvance: stripe.Bool(false), PendingInvoiceItemsBehavior: stripe.String("exclude"), Metadata: metadata,
	}
	params.Context = ctx
	params.SetIdempotencyKey(key)
	made, err := g.api.Invoices.New(params)
	if err != nil {
		return "", failed("make draft for "+customerId, err)
	}
	if made.ID == "" {
		return "", failed("make draft for "+customerId, errGarbled)
	}
	return made.ID, nil
}

func (g *gateway) newLine(ctx context.Context, invoice, customerId, currency string, line Line, key string) error {
	params := &stripe.InvoiceItemParams{
		Customer: stripe.String(customerId), Invoice: stripe.String(invoice), Currency: stripe.String(currency), Amount: stripe.Int64(line.Amount),
		Description: stripe.String(line.Description),
	}
	if line.Session != "" {
		params.Metadata = map[string]string{sessionKey: line.Session}
	}
	params.Context = ctx
	params.SetIdempotencyKey(key)
	_, err := g.api.InvoiceItems.New(params)
	return failed("add a line to "+invoice, err)
}

// deleteDraft deletes a draft with its lines; one that is gone already is no error.
func (g *gateway) deleteDraft(ctx context.Context, id string) error {
	params := &stripe.InvoiceParams{}
	params.Context = ctx
	_, err := g.api.Invoices.Del(id, params)
	if err = failed("delete draft "+id, err); missing(err) {
		return nil
	}
	return err
}

// GoneInvoices gives those invoices that were cancelled, or that Stripe does not know, for the doctor.
func GoneInvoices(ctx context.Context, c config.Config, ids []string) (gone []string, err error) {
	g := newGateway(c)
	defer g.close()
	for _, id := range ids {
		invoice, err := g.invoice(ctx, id)
		if err != nil {
			return nil, err
		}
		if invoice == nil || invoice.Deleted || invoice.Status == stripe.InvoiceStatusVoid {
			gone = append(gone, id)
		}
	}
	return gone, nil
}
