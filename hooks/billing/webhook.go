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
	maxEventBytes = 1 << 20          // many times the size of the largest event
	tolerance     = 5 * time.Minute  // allowed difference between Stripe's clock and ours, in both directions
	actTime       = 20 * time.Second // time limit for the requests of one event; after it Stripe sends the event again
)

// bindWebhook serves POST /api/webhooks/stripe. An event is accepted if it is signed with any of the secrets; there are
// two while the owner replaces one.
func bindWebhook(s *service, secrets []string) {
	s.app.OnServe().BindFunc(func(se *core.ServeEvent) error {
		se.Router.POST("/api/webhooks/stripe", func(e *core.RequestEvent) error { return s.receive(e, secrets) }).
			Bind(apis.BodyLimit(maxEventBytes), apis.SkipSuccessActivityLog())
		return se.Next()
	})
}

// event holds the fields that are read of an event. Every version of Stripe's API has them.
type event struct {
	Type     string `json:"type"`
	Account  string `json:"account"` // set by Stripe Connect for events of other accounts, which are ignored
	Livemode bool   `json:"livemode"`
	Data     struct {
		Object subject `json:"object"`
	} `json:"data"`
}

// subject is the object that an event is about.
type subject struct {
	Id       string    `json:"id"`
	Object   string    `json:"object"`
	Customer reference `json:"customer"`
	Charge   reference `json:"charge"`
}

// reference is the id of another object. In JSON it is a string, or the whole object if Stripe has expanded it.
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

// receive verifies the signature before anything else is read. It answers 204 if the event was handled or does not
// concern the studio, 401 for a wrong signature, 400 for what is no event, 413 if it is too large, and 500 to have it
// sent again.
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
	// The event is handled to its end even if Stripe closes the connection.
	ctx, cancel := context.WithTimeout(s.ctx, actTime)
	defer cancel()
	if err := s.act(ctx, ev); err != nil {
		return e.InternalServerError("The event could not be followed. Send it again.", err)
	}
	return e.NoContent(http.StatusNoContent)
}

// act handles an event. Events are repeated and come in any order, so an event only says which object to fetch.
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
	if err := s.openPaid(ctx, customerId); err != nil {
		return err
	}
	if ev.Type == "payment_intent.succeeded" {
		return s.paid(ctx, about.Id)
	}
	return nil
}

// customerOf returns the id of the customer to whose statement the subject may belong; empty if it belongs to none. If
// the event does not contain it, Stripe is asked.
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

// changed invalidates what is cached of a customer and tells the open pages of the clients that are linked to it.
func (s *service) changed(customerId string) error {
	clients, err := clientsOf(s.app, customerId)
	if err != nil {
		return err
	}
	s.renew(customerId, clients)
	return nil
}

// renew invalidates the cached statement of a customer and tells the clients' open pages to reload their invoices.
func (s *service) renew(customerId string, clients []*core.Record) {
	s.statements.drop(customerId)
	for _, client := range clients {
		live.TellOfMoney(s.app, client.Id, "update", "invoices")
	}
}

// verify returns an error unless the body was signed with one of the secrets within the tolerance. Stripe's own library
// would accept an empty secret and a time in the future.
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
