package billing

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"strings"
	"sync"
	"time"

	"github.com/pocketbase/dbx"
	validation "github.com/pocketbase/ozzo-validation/v4"
	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/router"
	"github.com/stripe/stripe-go/v76"
	"golang.org/x/sync/singleflight"

	"greenroom/hooks/access"
	"greenroom/hooks/locks"
	"greenroom/hooks/people"
)

// A deliverable that names an invoice is locked until Stripe says that the invoice is paid. Stripe says so by an event,
// or is asked when somebody opens the page or a file. While Stripe cannot be reached, nothing changes: what is locked
// stays locked and what is open stays open.

// questions makes sure that one invoice is asked for once at a time, and that after a failure none is asked for
// restTime.
type questions struct {
	flights singleflight.Group

	mu         sync.Mutex
	failure    error
	restsUntil time.Time
}

func (q *questions) resting() error {
	q.mu.Lock()
	defer q.mu.Unlock()
	if time.Now().Before(q.restsUntil) {
		return q.failure
	}
	return nil
}

func (q *questions) note(err error) {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.failure, q.restsUntil = err, time.Time{}
	if err != nil {
		q.restsUntil = time.Now().Add(restTime)
	}
}

// bindRelease binds the hook that checks the invoice of a deliverable and the routes about it. Without a key no invoice
// can be named, and deliverables that wait for one stay locked.
func bindRelease(app core.App, s *service) {
	name := func(e *core.RecordRequestEvent) error {
		if err := nameInvoice(e, s); err != nil {
			return err
		}
		return e.Next()
	}
	app.OnRecordCreateRequest("deliverables").BindFunc(name)
	app.OnRecordUpdateRequest("deliverables").BindFunc(name)
	if s != nil {
		locks.AskBy(app, s.ask)
	}
	app.OnServe().BindFunc(func(e *core.ServeEvent) error {
		e.Router.GET("/api/portal/deliverables/{id}/invoice", access.Page(awaited)).Bind(apis.SkipSuccessActivityLog())
		e.Router.GET("/api/studio/invoices", func(e *core.RequestEvent) error { return nameable(e, s) }).Bind(apis.RequireSuperuserAuth(), apis.SkipSuccessActivityLog())
		return e.Next()
	})
}

// awaited answers GET /api/portal/deliverables/{id}/invoice: the invoice that the files wait for and the address to pay
// it. If Stripe says that it is paid, the files are unlocked by this request.
func awaited(e *core.RequestEvent, client *core.Record) error {
	deliverable, err := e.App.FindRecordById("deliverables", e.Request.PathValue("id"))
	if err != nil || deliverable.GetString("client") != people.Account(client) {
		return e.NotFoundError(access.NotHere, err)
	}
	if err := seesMoney(e, client); err != nil {
		return err
	}
	if !deliverable.GetBool("locked") {
		return e.JSON(http.StatusOK, map[string]any{"locked": false, "number": nil, "status": nil, "payUrl": nil})
	}
	invoice, err := locks.Ask(e.Request.Context(), e.App, deliverable.Id)
	if err != nil {
		return e.Error(http.StatusServiceUnavailable, "Stripe cannot be asked about the payment just now. Nothing is lost; try again in a few minutes.", err)
	}
	return e.JSON(http.StatusOK, map[string]any{"locked": !invoice.Paid, "number": orNull(invoice.Number), "status": orNull(invoice.Status), "payUrl": webLink(invoice.PayURL)})
}

// ask asks Stripe for the invoice of a locked deliverable, and unlocks the files if it is paid.
func (s *service) ask(ctx context.Context, deliverableId string) (locks.Invoice, error) {
	deliverable, err := s.app.FindRecordById("deliverables", deliverableId)
	if err != nil {
		return locks.Invoice{}, fmt.Errorf("billing: find deliverable %s: %w", deliverableId, err)
	}
	if !deliverable.GetBool("locked") {
		return locks.Invoice{Paid: true}, nil
	}
	if err := s.questions.resting(); err != nil {
		return locks.Invoice{}, err
	}
	id, clientId := deliverable.GetString("invoice"), deliverable.GetString("client")
	// The request runs on the app's context: it has to unlock the files of a paid invoice even if the visitor leaves.
	flight := s.questions.flights.DoChan(id+" "+clientId, func() (any, error) {
		ctx, cancel := context.WithTimeout(s.ctx, fetchTime)
		defer cancel()
		return s.openWhenPaid(ctx, id, clientId)
	})
	select {
	case result := <-flight:
		invoice, _ := result.Val.(locks.Invoice)
		return invoice, result.Err
	case <-ctx.Done():
		return locks.Invoice{}, ctx.Err()
	}
}

// openWhenPaid gets an invoice from Stripe and, if it is paid, unlocks every deliverable that names it.
func (s *service) openWhenPaid(ctx context.Context, id, clientId string) (locks.Invoice, error) {
	invoice, err := s.stripe.invoice(ctx, id)
	if s.ctx.Err() == nil {
		s.questions.note(err)
		s.health.note(err)
	}
	if err != nil {
		return locks.Invoice{}, err
	}
	if invoice == nil || invoice.Deleted {
		return locks.Invoice{Status: "deleted"}, nil
	}
	if invoice.Status == stripe.InvoiceStatusPaid {
		return locks.Invoice{Number: invoice.Number, Status: string(invoice.Status), Paid: true}, s.open(id)
	}
	client, err := s.app.FindRecordById("clients", clientId)
	if err != nil {
		return locks.Invoice{}, fmt.Errorf("billing: find the client of invoice %s: %w", id, err)
	}
	if invoice.Customer == nil || invoice.Customer.ID != client.GetString("stripeCustomerId") {
		return locks.Invoice{Status: "deleted"}, nil // it belongs to another customer now, so this client cannot pay it
	}
	shown := invoiceItem(invoice, &invoicePayments{})
	out := locks.Invoice{Number: invoice.Number, Status: shown.Status}
	if shown.PayURL != nil {
		out.PayURL = *shown.PayURL
	}
	return out, nil
}

// open unlocks all deliverables that wait for an invoice.
func (s *service) open(invoiceId string) error {
	waits := dbx.HashExp{"invoice": invoiceId, "locked": true}
	if waiting, err := s.app.FindAllRecords("deliverables", waits); len(waiting) == 0 || err != nil {
		return err // most invoices open nothing, and need no transaction
	}
	return s.app.RunInTransaction(func(tx core.App) error {
		waiting, err := tx.FindAllRecords("deliverables", waits) // some may be deleted by now, or name another invoice
		if err != nil {
			return fmt.Errorf("billing: read what invoice %s opens: %w", invoiceId, err)
		}
		for _, deliverable := range waiting {
			deliverable.Set("invoicePaid", invoiceId)
			if err := tx.Save(deliverable); err != nil {
				return fmt.Errorf("billing: open the files of %s: %w", deliverable.Id, err)
			}
		}
		return nil
	})
}

// openPaid asks for every invoice that files of a customer wait for, and unlocks those that are paid. It does not
// depend on what the event was about.
func (s *service) openPaid(ctx context.Context, customerId string) error {
	clients, err := clientsOf(s.app, customerId)
	if err != nil {
		return err
	}
	var failures []error
	for _, client := range clients {
		var ids []string
		err := s.app.DB().NewQuery("SELECT DISTINCT invoice FROM deliverables WHERE client = {:client} AND locked").Bind(dbx.Params{"client": client.Id}).Column(&ids)
		if err != nil {
			return fmt.Errorf("billing: read what waits for payments of %s: %w", client.Id, err)
		}
		for _, id := range ids {
			_, err := s.openWhenPaid(ctx, id, client.Id)
			failures = append(failures, err)
		}
	}
	return errors.Join(failures...)
}

// nameInvoice checks the invoice that the owner writes into a deliverable, before the transaction begins. It must exist
// at Stripe, belong to the client's customer and not be void. An invoice number is replaced by the id.
func nameInvoice(e *core.RecordRequestEvent, s *service) error {
	named := strings.TrimSpace(e.Record.GetString("invoice"))
	e.Record.Set("invoice", named)
	if named == "" || named == e.Record.Original().GetString("invoice") || !e.HasSuperuserAuth() {
		return nil
	}
	refuse := func(sentence string, facts ...any) error {
		sentence = fmt.Sprintf(sentence, facts...)
		return e.BadRequestError(sentence, validation.Errors{"invoice": validation.NewError("validation_invoice", sentence)})
	}
	switch {
	case s == nil:
		return refuse("No invoice can be named: billing is not set up here.")
	case e.App.IsTransactional():
		return refuse("Name an invoice by itself, not among other changes: Stripe is asked first.")
	}
	project, err := e.App.FindRecordById("projects", e.Record.GetString("project"))
	if err != nil {
		return nil // validation refuses the missing project with its own sentence
	}
	client, err := e.App.FindRecordById("clients", project.GetString("client"))
	if err != nil {
		return e.InternalServerError("The client could not be looked up just now. Try again in a moment.", err)
	}
	name, customerId := people.DisplayName(client), client.GetString("stripeCustomerId")
	if customerId == "" {
		return refuse("%s is no customer at Stripe yet, so there is no invoice to wait for.", name)
	}
	ctx, cancel := context.WithTimeout(e.Request.Context(), actTime)
	defer cancel()
	invoice, err := s.invoiceCalled(ctx, named, customerId)
	switch {
	case err != nil:
		return router.NewApiError(http.StatusServiceUnavailable, "Stripe cannot be asked for the invoice just now, so nothing was changed. Try again in a few minutes.", err)
	case invoice == nil || invoice.Deleted || invoice.Customer == nil || invoice.Customer.ID != customerId:
		return refuse("Stripe has no invoice “%s” of %s’s. Give its id (in_…) or its number.", people.OneLine(named, 40), name)
	case invoice.Status == stripe.InvoiceStatusVoid:
		return refuse("The invoice %s was cancelled at Stripe, so it would never be paid.", people.OneLine(named, 40))
	}
	e.Record.Set("invoice", invoice.ID)
	if invoice.Status == stripe.InvoiceStatusPaid {
		e.Record.Set("invoicePaid", invoice.ID)
	}
	return nil
}

// invoiceCalled finds an invoice by its id, or by its number among those of the customer; nil if there is none.
func (s *service) invoiceCalled(ctx context.Context, named, customerId string) (*stripe.Invoice, error) {
	if strings.HasPrefix(named, "in_") {
		return s.stripe.invoice(ctx, named)
	}
	invoices, err := s.stripe.invoicesOf(ctx, customerId)
	if missing(err) {
		return nil, nil
	}
	for _, invoice := range invoices {
		if invoice.Number != "" && strings.EqualFold(invoice.Number, named) {
			return invoice, nil
		}
	}
	return nil, err
}

// choice is an invoice that the owner can choose for a deliverable. Amount is in minor units with Exponent decimals.
type choice struct {
	Id          string  `json:"id"`
	Number      *string `json:"number"`
	Description *string `json:"description"`
	Status      string  `json:"status"`
	Amount      int64   `json:"amount"`
	Currency    string  `json:"currency"`
	Exponent    int     `json:"exponent"`
	Created     *string `json:"created"`
	URL         string  `json:"url"` // of the invoice in Stripe's dashboard
}

// nameable answers GET /api/studio/invoices?project= with all invoices of the project's client, drafts included, the
// newest first.
func nameable(e *core.RequestEvent, s *service) error {
	project, err := e.App.FindRecordById("projects", e.Request.URL.Query().Get("project"))
	if err != nil {
		return e.NotFoundError("There is no such project. It may have been deleted.", err)
	}
	client, err := e.App.FindRecordById("clients", project.GetString("client"))
	if err != nil {
		return e.NotFoundError("There is no such project. It may have been deleted.", err)
	}
	items := []choice{}
	customerId := client.GetString("stripeCustomerId")
	if s != nil && customerId != "" {
		ctx, cancel := context.WithTimeout(e.Request.Context(), actTime)
		defer cancel()
		invoices, err := s.stripe.invoicesOf(ctx, customerId)
		if ignoreMissing(err) != nil {
			return e.Error(http.StatusServiceUnavailable, "Stripe cannot be reached just now, so its invoices are not listed.", err)
		}
		for _, invoice := range invoices {
			shown := invoiceItem(invoice, &invoicePayments{})
			items = append(items, choice{invoice.ID, shown.Number, shown.Description, shown.Status, shown.Amount, shown.Currency, shown.Exponent, shown.Created,
				invoiceDashboard(invoice.ID, !invoice.Livemode)})
		}
	}
	e.Response.Header().Set("Cache-Control", "no-store")
	return e.JSON(http.StatusOK, map[string]any{"configured": s != nil, "customer": customerId != "", "items": items})
}
