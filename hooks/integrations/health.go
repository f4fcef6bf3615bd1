package integrations

import (
	"net/http"
	"strings"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/access"
	"greenroom/hooks/config"
	"greenroom/hooks/database"
)

// Health is the state of one integration.
type Health struct {
	Name          string `json:"name"`
	Title         string `json:"title"` // the subject of a sentence about it
	Configured    bool   `json:"configured"`
	State         string `json:"state"`         // "off", "waiting" for its first report, or the state that it reported
	LastSuccessAt string `json:"lastSuccessAt"` // RFC 3339, or ""
	LastError     string `json:"lastError"`
	Troubles      int    `json:"troubles"` // number of rows <name>:… in trouble, which the owner should look at
}

// HealthOf returns the state of every integration, from the rows of the collection integrations.
func HealthOf(app core.App, c config.Config) ([]Health, error) {
	// There may be many rows of single things; only those in trouble are read.
	rows, err := app.FindAllRecords("integrations", dbx.NewExp("[[lastError]] != '' OR instr([[name]], ':') = 0"))
	if err != nil {
		return nil, err
	}
	services := c.Services()
	out := make([]Health, len(services))
	for i, service := range services {
		out[i] = Health{Name: service.Row, Title: service.Subject, Configured: service.On}
		if service.Row == "mail" {
			out[i].Configured = app.Settings().SMTP.Enabled // the dashboard can configure a mail server too
		}
	}
	for i := range out {
		h := &out[i]
		h.State = "off"
		if h.Configured {
			h.State = "waiting"
		}
		for _, row := range rows {
			name := row.GetString("name")
			switch {
			case name == h.Name && h.Configured:
				h.State, h.LastError = row.GetString("state"), row.GetString("lastError")
				h.LastSuccessAt = database.OnTheWire(row.GetDateTime("lastSuccessAt"))
			case strings.HasPrefix(name, h.Name+":") && row.GetString("lastError") != "":
				h.Troubles++
			}
		}
	}
	return out, nil
}

// Register serves GET /api/portal/health for the owner.
func Register(app core.App, c config.Config) {
	app.OnServe().BindFunc(func(e *core.ServeEvent) error {
		e.Router.GET("/api/portal/health", func(e *core.RequestEvent) error {
			integrations, err := HealthOf(e.App, c)
			if err != nil {
				return access.Answer(e, err)
			}
			return e.JSON(http.StatusOK, map[string]any{"integrations": integrations})
		}).Bind(apis.RequireSuperuserAuth(), apis.SkipSuccessActivityLog())
		return e.Next()
	})
}
