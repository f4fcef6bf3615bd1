package billing

import (
	"context"
	"errors"
	"net/http"

	"greenroom/hooks/config"

	"github.com/pocketbase/pocketbase/core"
)

// bindPortalSession serves POST /api/portal/billing/session: {url}, an address of Stripe's customer portal, where
// clients see receipts and change their means of payment. The customer is found by the sign-in alone; no input takes
// part.
func bindPortalSession(app core.App, s *service) {
	app.OnServe().BindFunc(func(se *core.ServeEvent) error {
		se.Router.POST("/api/portal/billing/session", func(e *core.RequestEvent) error {
			if err := onlyClient(e); err != nil {
				return err
			}
			if s == nil {
				return e.Error(http.StatusServiceUnavailable, config.Config{}.Service("billing").NotSetUp(), nil)
			}
			return s.portalSession(e)
		})
		return se.Next()
	})
}

func (s *service) portalSession(e *core.RequestEvent) error {
	if s.config.URL == nil {
		return e.Error(http.StatusServiceUnavailable, "Stripe's pages cannot be opened, for they would not know the way back: GREENROOM_URL has to be set by the owner.",
			errors.New("billing: GREENROOM_URL is not set"))
	}
	customerId, err := customerOf(e.App, e.Auth)
	if err != nil {
		return e.InternalServerError("Your billing account could not be looked up just now. Try again in a moment.", err)
	}
	if customerId == "" {
		return e.Error(http.StatusConflict, "You have no billing account yet. It is set up with your first invoice.", nil)
	}
	ctx, cancel := context.WithTimeout(e.Request.Context(), patience)
	defer cancel()
	url, err := s.stripe.portalSession(ctx, customerId, s.config.URL.JoinPath("invoices").String())
	switch {
	case missing(err):
		return e.Error(http.StatusConflict, "Your billing account at Stripe has been closed.", err)
	case err != nil:
		return e.Error(http.StatusServiceUnavailable, "Stripe's pages cannot be opened just now. Nothing is lost; try again in a few minutes.", err)
	}
	e.Response.Header().Set("Cache-Control", "no-store") // the address gives access without any other sign-in
	return e.JSON(http.StatusOK, map[string]string{"url": url})
}

// onlyClient refuses everybody but the client, the owner included.
func onlyClient(e *core.RequestEvent) error {
	switch {
	case e.Auth == nil:
		return e.UnauthorizedError("Sign in to open your billing account.", nil)
	case e.Auth.Collection().Name != "clients" || e.Request.URL.Query().Has("as"):
		return e.ForbiddenError("Only the client may open their billing account. As the owner, use Stripe's own dashboard.", nil)
	}
	return seesMoney(e, e.Auth)
}
