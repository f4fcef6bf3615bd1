package billing

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/pocketbase/pocketbase/tools/mailer"
	"github.com/pocketbase/pocketbase/tools/security"
	"github.com/stripe/stripe-go/v76"

	"greenroom/hooks/integrations"
)

// markName is the metadata key of a PaymentIntent which says that the mails about it are sent or being sent.
const markName = "greenroom_mailed"

// oldMarkName is the metadata key that the system before Greenroom wrote when it had mailed about a payment.
const oldMarkName = "emailSent"

const markChars = 20

// These are the states of a payment's row. It is written before the mark and removed after the last mail, so that the
// owner sees it if the process stops in between.
const (
	statePromising = "promising" // the mark is being written at Stripe, and no mail has been sent
	stateMailing   = "mailing"   // the mark is written, and mails may have been sent
	stateFailed    = "failed"
)

// paid mails the client and the owner that a payment has arrived, at most once however many events or servers report
// it. The mark at Stripe is written before the first mail.
func (s *service) paid(ctx context.Context, paymentId string) error {
	defer s.payments.Lock(paymentId)()
	payment, err := s.stripe.payment(ctx, paymentId)
	if err != nil || payment == nil || payment.Status != stripe.PaymentIntentStatusSucceeded || payment.Customer == nil {
		return err
	}
	if payment.Metadata[oldMarkName] != "" {
		return nil
	}
	clients, err := clientsOf(s.app, payment.Customer.ID)
	if err != nil {
		return err
	}
	b := s.readBought(ctx, payment)
	letters, err := s.letters(b, clients, time.Now())
	if len(letters) == 0 || err != nil {
		return err
	}
	if ours, err := s.promise(ctx, payment); !ours || err != nil {
		return err
	}
	if sent, err := s.mail(payment.ID, letters); !sent || err != nil {
		return err
	}
	return s.saidAlready(b, clients)
}

// promise writes the mark at Stripe and reports whether this server has to send the mails. If the answer to an earlier
// attempt was lost, the mark is recognised by the row.
func (s *service) promise(ctx context.Context, payment *stripe.PaymentIntent) (ours bool, err error) {
	name := integration + ":" + payment.ID
	row, err := integrations.Row(s.app, name)
	if err != nil {
		return false, fmt.Errorf("billing: read %s: %w", name, err)
	}
	var mark string
	if row != nil {
		mark = row.GetString("cursor")
	}
	switch marked := payment.Metadata[markName]; {
	// The mails may have been sent; only the owner can find out.
	case row != nil && row.GetString("state") != statePromising:
		return false, nil
	case marked != "":
		ours = marked == mark
	default:
		if mark == "" {
			mark = security.RandomString(markChars)
			if err := s.saveMark(payment.ID, statePromising, mark); err != nil {
				return false, err
			}
		}
		if ours, err = s.stripe.markPayment(ctx, payment.ID, markName, mark); err != nil {
			return false, err
		}
	}
	if !ours {
		return false, integrations.Drop(s.app, name)
	}
	return true, s.saveMark(payment.ID, stateMailing, mark)
}

// saveMark writes a payment's row with the sentence for the owner.
func (s *service) saveMark(paymentId, state, mark string) error {
	trouble := fmt.Sprintf("The mails about the payment %s may not have left: look whether its client knows, then remove this row.", paymentId)
	return integrations.Set(s.app, integration+":"+paymentId, state, mark, trouble)
}

// mail sends each letter once and reports whether all of them left. A failure is reported to the owner instead of
// repeated, because a second attempt could deliver a mail twice.
func (s *service) mail(paymentId string, letters []*mailer.Message) (sent bool, err error) {
	var failures []error
	for _, letter := range letters {
		failures = append(failures, s.app.NewMailClient().Send(letter))
	}
	if err := errors.Join(failures...); err != nil {
		s.app.Logger().Error("A mail about a payment could not be sent.", "payment", paymentId, "error", err)
		return false, s.saveMark(paymentId, stateFailed, "")
	}
	return true, integrations.Drop(s.app, integration+":"+paymentId)
}
