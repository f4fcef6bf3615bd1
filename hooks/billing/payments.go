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

// markName is the key in a PaymentIntent's metadata that says that the mails about it are taken care of.
const markName = "greenroom_mailed"

// oldMarkName is the key by which the system before Greenroom said that its own mail about a payment had left.
const oldMarkName = "emailSent"

const markChars = 20

// The states of a payment's row, which is there from before the mark until after the last mail: whatever stops the
// studio in between, the owner sees it.
const (
	statePromising = "promising" // the mark is on its way to Stripe, and nothing has been sent
	stateMailing   = "mailing"   // the mark is there, and the mails may have left
	stateFailed    = "failed"
)

// paid writes to the client and to the owner that a payment has arrived: at most once, however often and from however
// many sides it is said. The mark at Stripe comes before the first mail.
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
	if err := s.mail(payment.ID, letters); err != nil {
		return err
	}
	return s.saidAlready(b, clients)
}

// promise marks a payment, and tells whether the mails are ours to send. A mark whose arrival we did not hear of is
// known by what the row holds.
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
	case row != nil && row.GetString("state") != statePromising: // whether it was sent, only the owner can find out
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

// saveMark writes a payment's row.
func (s *service) saveMark(paymentId, state, mark string) error {
	trouble := fmt.Sprintf("The mails about the payment %s may not have left: look whether its client knows, then remove this row.", paymentId)
	return integrations.Set(s.app, integration+":"+paymentId, state, mark, trouble)
}

// mail sends the letters, each once. What could not be sent is for the owner: a second try could send it twice.
func (s *service) mail(paymentId string, letters []*mailer.Message) error {
	var failures []error
	for _, letter := range letters {
		failures = append(failures, s.app.NewMailClient().Send(letter))
	}
	if err := errors.Join(failures...); err != nil {
		s.app.Logger().Error("A mail about a payment could not be sent.", "payment", paymentId, "error", err)
		return s.saveMark(paymentId, stateFailed, "")
	}
	return integrations.Drop(s.app, integration+":"+paymentId)
}
