package access

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"

	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/config"
)

// The owner's second factor is PocketBase's own: after the password, a code that comes by mail. It is off until the
// owner switches it on. Whoever can run commands on the server needs none, so nobody locks themselves out for good.

// SecondFactorPath is where the owner switches it, with {"on": true or false}.
const SecondFactorPath = "/api/studio/second-factor"

const (
	ownerCodeLength = 8
	ownerCodeLife   = 600 // seconds: mail can be slow
)

var errNoMailServer = errors.New("the second factor is a code by mail, and this studio has no mail server yet: set SMTP_URL, and try it with greenroom doctor --mail you@example.org")

// SetSecondFactor asks owners for a code by mail beside their password, or no longer.
func SetSecondFactor(app core.App, c config.Config, on bool) error {
	if on && IsPublic(c.URL) && !app.Settings().SMTP.Enabled {
		return errNoMailServer
	}
	owners, err := app.FindCollectionByNameOrId(core.CollectionNameSuperusers)
	if err != nil {
		return fmt.Errorf("access: find the owners: %w", err)
	}
	owners.MFA.Enabled = on
	owners.MFA.Rule = ""
	owners.OTP.Enabled = on
	if on {
		owners.PasswordAuth.Enabled = true
		owners.OTP.Length, owners.OTP.Duration = ownerCodeLength, ownerCodeLife
	}
	if err := app.Save(owners); err != nil {
		return fmt.Errorf("access: switch the second factor: %w", err)
	}
	return nil
}

// HasSecondFactor tells whether owners are asked for a code by mail beside their password.
func HasSecondFactor(app core.App) bool {
	owners, err := app.FindCachedCollectionByNameOrId(core.CollectionNameSuperusers)
	return err == nil && owners.MFA.Enabled
}

// IsPublic tells whether others than this machine may reach an address.
func IsPublic(address *url.URL) bool {
	if address == nil || address.Hostname() == "localhost" {
		return false
	}
	ip := net.ParseIP(address.Hostname())
	return ip == nil || !ip.IsLoopback()
}

func serveSecondFactor(app core.App, c config.Config) {
	app.OnServe().BindFunc(func(e *core.ServeEvent) error {
		e.Router.POST(SecondFactorPath, func(e *core.RequestEvent) error {
			var form struct {
				On *bool `json:"on" form:"on"`
			}
			if err := e.BindBody(&form); err != nil || form.On == nil {
				return e.BadRequestError("Send on as true or false, as JSON.", err)
			}
			switch err := SetSecondFactor(e.App, c, *form.On); {
			case errors.Is(err, errNoMailServer):
				return e.BadRequestError("Nothing was switched: "+err.Error()+".", err)
			case err != nil:
				return Answer(e, err)
			}
			return e.JSON(http.StatusOK, map[string]bool{"on": *form.On})
		}).Bind(apis.RequireSuperuserAuth())
		return e.Next()
	})
}
