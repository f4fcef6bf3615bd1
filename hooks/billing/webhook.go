package billing

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"time"

	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"
	"github.com/stripe/stripe-go/v76/webhook"

	"greenroom/hooks/live"
)

const (
	maxEventBytes = 1 << 20          // many times the largest event
	tolerance     = 5 * time.Minute  // between Stripe's clock and ours, both ways
	actTime       = 20 * time.Second // for what an event asks of Stripe; then Stripe sends it again
)

// bindWebhook serves POST /api/webhooks/stripe: signed with any of the secrets, of which there are two while one
// replaces the other.
func bindWebhook(s *service, secrets []string) {
	s.app.OnServe().BindFunc(func(se *core.ServeEvent) error {
		se.Router.POST("/api/webhooks/stripe", func(e *core.RequestEvent) error { return s.receive(e, secrets) }).
			Bind(apis.BodyLimit(maxEventBytes), apis.SkipSuccessActivityLog())
		return se.Next()
	})
}

// event is all that is read of one. Every API version has these fields.
type event struct {
	Type     string `json:"type"`
	Account  string `json:"account"` // of Stripe Connect: somebody else's customers
	Livemode bool   `json:"livemode"`
	Data     struct {
		Object subject `json:"object"`
	} `json:"data"`
}

// subject is what an event is about.
type subject struct {
	Id       string    `json:"id"`
	Object   string    `json:"object"`
	Customer reference `json:"customer"`
	Charge   reference `json:"charge"`
}

// reference is the id of another object, which Stripe sends bare or with the whole object around it.
type reference string

func (r *reference) UnmarshalJSON(raw []byte) error {
	var whole struct {
		Id string `json:"id"`
	}
	switch raw[0] {
	case '"':
		return json.Unmarshal(raw, (*string)(r))
	case '{':
		err := json.Unmarshal(raw, &whole)
		*r = reference(whole.Id)
		return err
	}
	return nil
}

// receive checks who speaks before it looks at what is said. Its answers: 204 done or not our business, 401 not
// Stripe's, 400 not an event, 413 too large, 500 try again.
func (s *service) receive(e *core.RequestEvent, secrets []string) error {
	body, err := io.ReadAll(e.Request.Body)
	if err != nil {
		if errors.Is(err, apis.ErrRequestEntityTooLarge) {
			return err
		}
		return e.BadRequestError("The event could not be read to its end.", err)
	}
	if err := verify(body, e.Request.Header.Get("Stripe-Signature"), secrets); err != nil {
		return e.UnauthorizedError("The signature is missing, wrong or too old.", err)
	}
	var ev event
	if err := json.Unmarshal(body, &ev); err != nil || ev.Type == "" {
		return e.BadRequestError("The body is not a Stripe event.", errors.New("billing: the body is no event"))
	}
	if ev.Account != "" || s.stripe.otherMode(ev.Livemode) {
		return e.NoContent(http.StatusNoContent)
	}
	// Stripe may hang up while something is half done, which is then done to its end.
	ctx, cancel := context.WithTimeout(s.ctx, actTime)
	defer cancel()
	if err := s.act(ctx, ev); err != nil {
		return e.InternalServerError("The event could not be followed. Send it again.", err)
	}
	return e.NoContent(http.StatusNoContent)
}

// act does what an event calls for. Events come in any order and more than once, so each only says what to look at.
func (s *service) act(ctx context.Context, ev event) error {
	about := ev.Data.Object
	switch {
	case about.Id == "":
		return nil
	case ev.Type == "customer.created", ev.Type == "customer.updated", ev.Type == "customer.deleted":
		return s.follow(ctx, about.Id, ev.Type == "customer.deleted")
	}
	customerId, err := s.customerOf(ctx, about)
	if err != nil {
		return err
	}
	if err := s.changed(customerId); err != nil {
		return err
	}
	if about.Object == "invoice" {
		if err := s.followInvoice(ctx, about.Id); err != nil {
			return err
		}
	}
	if err := s.settleAll(ctx, customerId); err != nil {
		return err
	}
	if ev.Type == "payment_intent.succeeded" {
		return s.paid(ctx, about.Id)
	}
	return nil
}

// customerOf is the customer whose statement the subject may be part of; empty where there is none. Where the event
// does not say, Stripe does.
func (s *service) customerOf(ctx context.Context, about subject) (string, error) {
	switch about.Object {
	case "invoice", "charge", "payment_intent", "refund", "dispute", "credit_note":
	default:
		return "", nil
	}
	switch {
	case about.Customer != "":
		return string(about.Customer), nil
	case about.Charge != "" && about.Object != "invoice":
		return s.stripe.payer(ctx, "charge", string(about.Charge))
	}
	return s.stripe.payer(ctx, about.Object, about.Id)
}

// changed takes note that something of a customer's changed.
func (s *service) changed(customerId string) error {
	clients, err := clientsOf(s.app, customerId)
	if err != nil {
		return err
	}
	s.renew(customerId, clients)
	return nil
}

// renew has a customer's statement fetched anew, and tells the clients' open pages to ask for it.
func (s *service) renew(customerId string, clients []*core.Record) {
	s.statements.drop(customerId)
	for _, client := range clients {
		live.TellOfMoney(s.app, client.Id, "update", "invoices")
	}
}

// verify tells whether a body was signed by one of the secrets within the tolerance. Stripe's own library takes an
// empty secret, and a time that is still to come.
func verify(body []byte, header string, secrets []string) error {
	latest := time.Now().Add(tolerance).Unix()
	for _, part := range strings.Split(header, ",") {
		if at, ok := strings.CutPrefix(part, "t="); ok {
			if seconds, err := strconv.ParseInt(at, 10, 64); err != nil || seconds > latest {
				return errors.New("billing: verify event: its time is none or still to come")
			}
		}
	}
	err := errors.New("no secret is set")
	for _, secret := range secrets {
		if secret == "" {
			continue
		}
		if err = webhook.ValidatePayloadWithTolerance(body, header, secret, tolerance); err == nil {
			return nil
		}
	}
	return fmt.Errorf("billing: verify event: %w", err)
}
