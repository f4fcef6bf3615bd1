package hooks

import (
	"cmp"
	"net"
	"slices"

	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/access"
	"greenroom/hooks/config"
	"greenroom/hooks/files"
)

// settings lays what follows from the environment over the stored settings each time they are loaded, and takes it off
// again before they are saved: no password gets into the database, and a variable that goes away takes its effect
// along.
func settings(app core.App, c config.Config) {
	over := &overlay{c: c}
	app.OnSettingsReload().BindFunc(func(e *core.SettingsReloadEvent) error {
		// PocketBase reads the row into what is there, and a password that the row leaves out would stay as if it were
		// stored.
		e.App.Settings().SMTP.Password, e.App.Settings().S3.Secret = "", ""
		if err := e.Next(); err != nil {
			over.lay(e.App.Settings())
			return err
		}
		stored, err := e.App.Settings().Clone()
		if err != nil {
			return err
		}
		over.stored = stored
		over.lay(e.App.Settings())
		return nil
	})
	takeOff := func(e *core.ModelEvent) error {
		if s, ok := e.Model.(*core.Settings); ok && over.stored != nil {
			over.takeOff(s)
		}
		return e.Next()
	}
	app.OnModelCreate("_params").BindFunc(takeOff)
	app.OnModelUpdate("_params").BindFunc(takeOff)

	app.OnServe().BindFunc(func(e *core.ServeEvent) error {
		over.serves = true
		over.lay(e.App.Settings())
		return e.Next()
	})
}

type overlay struct {
	c      config.Config
	serves bool
	stored *core.Settings // the settings as the database holds them
}

// proxyHeaders is where PocketBase finds the address of a visitor, unless the owner names a header of their own proxy.
var proxyHeaders = []string{access.Visitor}

// texts pairs each overlaid text of the settings with what the environment says; empty leaves the stored one.
func (o *overlay) texts(s *core.Settings) []text {
	address := ""
	if o.c.URL != nil {
		address = o.c.URL.String()
	}
	return []text{
		{&s.Meta.AppName, o.c.Studio},
		{&s.Meta.AppURL, address},
		{&s.Meta.SenderName, o.c.Owner},
		{&s.Meta.SenderAddress, string(cmp.Or(o.c.SMTP.From, o.c.OwnerEmail))},
	}
}

type text struct {
	field *string
	value string
}

func (o *overlay) smtp() core.SMTPConfig {
	m := o.c.SMTP
	return core.SMTPConfig{Enabled: true, Host: m.Host, Port: m.Port, TLS: m.TLS, Username: m.Username, Password: m.Password}
}

func (o *overlay) lay(s *core.Settings) {
	for _, t := range o.texts(s) {
		*t.field = cmp.Or(t.value, *t.field)
	}
	if o.c.SMTP.Host != "" {
		s.SMTP = o.smtp()
	}
	if o.c.R2Bucket != "" {
		s.S3 = files.Bucket(o.c)
	}
	if o.serves && len(s.TrustedProxy.Headers) == 0 {
		s.TrustedProxy.Headers = proxyHeaders
	}
}

func (o *overlay) takeOff(s *core.Settings) {
	stored := o.texts(o.stored)
	for i, t := range o.texts(s) {
		if *t.field == t.value {
			*t.field = *stored[i].field
		}
	}
	// Whatever the form says of them: the environment rules, and with another port a password of its would be stored.
	if o.c.SMTP.Host != "" {
		s.SMTP = o.stored.SMTP
	}
	if o.c.R2Bucket != "" {
		s.S3 = o.stored.S3
	}
	if o.serves && slices.Equal(s.TrustedProxy.Headers, proxyHeaders) {
		s.TrustedProxy = o.stored.TrustedProxy
	}
}

// IsLoopback tells whether only this machine can reach an address of the form host:port.
func IsLoopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
