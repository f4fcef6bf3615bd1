package billing

import (
	validation "github.com/pocketbase/ozzo-validation/v4"
	"github.com/pocketbase/pocketbase/core"
)

// bindCustomerId refuses an id that the owner writes into stripeCustomerId if Stripe has no such customer. The id is
// accepted unchecked while Stripe is down, and in a batch, whose transaction must not wait for the network.
func bindCustomerId(s *service) {
	check := func(e *core.RecordRequestEvent) error {
		id := e.Record.GetString("stripeCustomerId")
		if id == "" || id == e.Record.Original().GetString("stripeCustomerId") || e.App.IsTransactional() {
			return e.Next()
		}
		customer, err := s.stripe.customer(e.Request.Context(), id)
		if err != nil {
			e.App.Logger().Warn("Stripe could not be asked whether it has a customer, so the id is taken as it is.", "client", e.Record.Id, "error", err)
			return e.Next()
		}
		if customer == nil || customer.Deleted {
			sentence := "Stripe has no customer with this id. Copy it from Stripe's dashboard, in the same mode (live or test) as the key."
			return e.BadRequestError(sentence, validation.Errors{"stripeCustomerId": validation.NewError("validation_no_customer", sentence)})
		}
		return e.Next()
	}
	s.app.OnRecordCreateRequest("clients").BindFunc(check)
	s.app.OnRecordUpdateRequest("clients").BindFunc(check)
}
