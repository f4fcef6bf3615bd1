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

// The owner's second factor is PocketBase's: after the password, a code by mail. It is off until the owner switches it
// on. Commands on the server do not need it, so that the owner cannot be locked out for good.

// SecondFactorPath is the route by which the owner switches it: POST {"on": true or false}.
const SecondFactorPath = "/api/studio/second-factor"

const (
	ownerCodeLength = 8
	ownerCodeLife   = 600 // seconds, because mail can be slow
)

var errNoMailServer = errors.New("the second factor is a code by mail, and this studio has no mail server yet: set SMTP_URL, and try it with greenroom doctor --mail you@example.org")

// SetSecondFactor switches the second factor of all owners on or off. Where others can reach the studio, a mail server
// is required for it.
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

// HasSecondFactor reports whether owners need a code by mail beside their password.
func HasSecondFactor(app core.App) bool {
	owners, err := app.FindCachedCollectionByNameOrId(core.CollectionNameSuperusers)
	return err == nil && owners.MFA.Enabled
}

// IsPublic reports whether an address is reachable from other machines.
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
