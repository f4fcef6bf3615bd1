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

// settings overlays the stored settings with those of the environment whenever they are loaded, and removes the overlay
// before they are saved. So no password gets into the database, and removing a variable removes its effect.
func settings(app core.App, c config.Config) {
	over := &overlay{c: c}
	app.OnSettingsReload().BindFunc(func(e *core.SettingsReloadEvent) error {
		// PocketBase decodes the row into the existing settings, so a password that the row lacks would stay and look stored.
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
	stored *core.Settings // as the database has them
}

// proxyHeaders is the header from which PocketBase reads a visitor's address, unless the owner configures another.
var proxyHeaders = []string{access.Visitor}

// texts pairs each overlaid field with the environment's value; an empty value leaves the stored one.
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
	// The stored values are kept whatever the dashboard's form contains: the environment has precedence, and the form
	// would store its password.
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

// IsLoopback reports whether an address of the form host:port can be reached from this machine alone.
func IsLoopback(address string) bool {
	host, _, err := net.SplitHostPort(address)
	if err != nil {
		return false
	}
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
