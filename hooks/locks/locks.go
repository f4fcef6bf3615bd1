// Package locks says which files wait for a payment, to all who hand out files, and asks about the payment for those
// who do not know the service that takes it.
//
// A deliverable is locked while it names an invoice that is not paid. Then every version of it is, but the preview.
package locks

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/router"

	"greenroom/hooks/people"
)

// Open is a condition, in SQL, of a row of attachments that the statement calls a: its file does not wait for a
// payment.
const Open = "NOT EXISTS (SELECT 1 FROM deliverables d WHERE d.id = a.deliverable AND d.locked AND d.preview != a.id)"

// Of gives the id of the deliverable whose payment a file waits for; empty where the file is open.
func Of(app core.App, attachment *core.Record) (deliverable string, err error) {
	id := attachment.GetString("deliverable")
	if id == "" {
		return "", nil
	}
	err = app.DB().Select("id").From("deliverables").Where(dbx.HashExp{"id": id, "locked": true}).
		AndWhere(dbx.Not(dbx.HashExp{"preview": attachment.Id})).Limit(1).Row(&deliverable)
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return "", fmt.Errorf("locks: of attachment %s: %w", attachment.Id, err)
	}
	return deliverable, nil
}

// Invoice is what is known of the invoice that a deliverable waits for.
type Invoice struct {
	Number string // empty while it has none
	Status string // as on the page of invoices
	PayURL string // empty while there is nothing to pay, or a payment is on its way
	Paid   bool
}

// Asker asks for the invoice of a deliverable, and opens the files of one that is found paid.
type Asker func(ctx context.Context, deliverable string) (Invoice, error)

const askerKey = "locks.asker"

// AskBy makes asker the one who is asked.
func AskBy(app core.App, asker Asker) { app.Store().Set(askerKey, asker) }

// patience is how long somebody waits to hear of a payment.
const patience = 2 * time.Second

var errNobodyToAsk = errors.New("locks: nobody knows of payments here")

// Ask asks for the invoice of a locked deliverable.
func Ask(ctx context.Context, app core.App, deliverable string) (Invoice, error) {
	asker, ok := app.Store().Get(askerKey).(Asker)
	if !ok {
		return Invoice{}, errNobodyToAsk
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	return asker(ctx, deliverable)
}

// Refuse is the answer to a viewer who asks for a file: none where it is open, else 402 with the address at which to
// pay. The payment is asked about first, and a file that is found paid is open.
func Refuse(ctx context.Context, app core.App, attachment, viewer *core.Record) error {
	deliverable, err := Of(app, attachment)
	if deliverable == "" || err != nil {
		return err
	}
	invoice, err := Ask(ctx, app, deliverable)
	if err == nil && invoice.Paid {
		return nil
	}
	if !people.SeesMoney(viewer) {
		return refusal("This file is not open yet. Ask the person who invited you.", nil)
	}
	if err != nil {
		app.Logger().Warn("Stripe could not be asked whether a file is paid, so it stays locked.", "deliverable", deliverable, "error", err)
		return refusal("This file opens when its invoice is paid. Stripe cannot be asked about that just now; try again in a few minutes.", nil)
	}
	what := "its invoice"
	if invoice.Number != "" {
		what = invoice.Number
	}
	var payURL any
	if invoice.PayURL != "" {
		payURL = invoice.PayURL
	}
	return refusal("This file opens when "+what+" is paid.", payURL)
}

func refusal(sentence string, payURL any) error {
	answer := router.NewApiError(http.StatusPaymentRequired, sentence, nil)
	answer.Data = map[string]any{"payUrl": payURL}
	return answer
}

// OpenPaid asks for the invoices that the deliverables of a project wait for, and tells whether one was found paid.
// Whoever asks waits a little while for all of them; what is found later is opened all the same.
func OpenPaid(ctx context.Context, app core.App, project string) (opened bool) {
	var waiting []struct{ Id, Invoice string }
	err := app.DB().Select("id", "invoice").From("deliverables").Where(dbx.HashExp{"project": project, "locked": true}).All(&waiting)
	if err != nil {
		app.Logger().Warn("What waits for payments could not be read.", "project", project, "error", err)
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, patience)
	defer cancel()
	one := map[string]string{} // a deliverable for each invoice
	for _, deliverable := range waiting {
		one[deliverable.Invoice] = deliverable.Id
	}
	paid := make(chan bool, len(one))
	for _, id := range one {
		go func() {
			invoice, err := Ask(ctx, app, id)
			paid <- err == nil && invoice.Paid
		}()
	}
	for range one {
		opened = <-paid || opened
	}
	return opened
}
