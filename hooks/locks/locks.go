// Package locks decides which files are locked until an invoice is paid. All code that hands out files uses it, without
// having to know the payment service.
//
// A deliverable is locked while it names an unpaid invoice. All its versions are then locked, except the preview.
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

// Open is an SQL condition for a row of attachments with the alias a: its file is not locked.
const Open = "NOT EXISTS (SELECT 1 FROM deliverables d WHERE d.id = a.deliverable AND d.locked AND d.preview != a.id)"

// Of returns the id of the deliverable by which a file is locked, or "" where it is not.
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

// Invoice is the state of the invoice that a locked deliverable names.
type Invoice struct {
	Number string // empty for a draft
	Status string // in the words of the page of invoices
	PayURL string // empty if nothing can be paid, or a payment is in progress
	Paid   bool
}

// Asker asks the payment service for the invoice of a deliverable. It also unlocks the deliverable if the invoice is
// paid.
type Asker func(ctx context.Context, deliverable string) (Invoice, error)

const askerKey = "locks.asker"

// AskBy registers the app's Asker.
func AskBy(app core.App, asker Asker) { app.Store().Set(askerKey, asker) }

// askTimeout is how long a visitor waits for the payment service.
const askTimeout = 2 * time.Second

var errNobodyToAsk = errors.New("locks: nobody knows of payments here")

// Ask returns the invoice of a locked deliverable, within askTimeout.
func Ask(ctx context.Context, app core.App, deliverable string) (Invoice, error) {
	asker, ok := app.Store().Get(askerKey).(Asker)
	if !ok {
		return Invoice{}, errNobodyToAsk
	}
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	return asker(ctx, deliverable)
}

// Refuse returns nil if a viewer may have a file, and otherwise an API error with status 402 and payUrl. It asks the
// payment service first: a file whose invoice turns out to be paid is not refused.
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

// OpenPaid asks for the invoices of all locked deliverables of a project, and reports whether one was found paid. It
// waits at most askTimeout; a payment that is found later still unlocks its files.
func OpenPaid(ctx context.Context, app core.App, project string) (opened bool) {
	var waiting []struct{ Id, Invoice string }
	err := app.DB().Select("id", "invoice").From("deliverables").Where(dbx.HashExp{"project": project, "locked": true}).All(&waiting)
	if err != nil {
		app.Logger().Warn("What waits for payments could not be read.", "project", project, "error", err)
		return false
	}
	ctx, cancel := context.WithTimeout(ctx, askTimeout)
	defer cancel()
	one := map[string]string{} // one deliverable for each invoice
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
