package demo

import (
	"cmp"
	"context"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"time"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/security"

	"greenroom/hooks/billing/stripefake"
	"greenroom/hooks/config"
)

// A demo has a fake Stripe and a fake Google Calendar, so that clients see and pay invoices and book meetings without
// any account or network. They are HTTP servers in the same process, on the loopback address, and speak the services'
// protocols, so the rest of the program treats them as real. A service that the environment configures is not replaced.

// loadedFile is the file in a data directory that says when the demo was loaded. A file, because the services have to
// be known before the database is open.
const loadedFile = "demo-loaded.txt"

// bookableHours are the hours for booking if the environment sets none.
const bookableHours = "Mon-Fri 10:00-17:00; Sat 10:00-13:00"

// madeUpKey is the key of the fake services in the app's store.
const madeUpKey = "demo.madeUp"

func markLoaded(dataDir string, now time.Time) error {
	return os.WriteFile(filepath.Join(dataDir, loadedFile), []byte(now.UTC().Format(time.RFC3339)+"\n"), 0o600)
}

// loadedWhen returns when the demo was loaded; the zero time if the directory is none.
func loadedWhen(dataDir string) time.Time {
	content, err := os.ReadFile(filepath.Join(dataDir, loadedFile))
	if err != nil {
		return time.Time{}
	}
	at, _ := time.Parse(time.RFC3339, strings.TrimSpace(string(content)))
	return at
}

// services are the fake services of a demo.
type services struct {
	app    core.App
	url    string // of the calendar and of the invoices' pages
	stripe *stripefake.Server
	secret string       // signs Stripe's events
	portal atomic.Value // the address of the portal, known when it is served
	sender *http.Client // sends Stripe's events
	server *http.Server // serves url
	now    func() time.Time
}

// Reach returns the configuration for a data directory: in a demo, the fake services replace those that are not
// configured.
func Reach(app core.App, c config.Config) config.Config {
	loaded := loadedWhen(app.DataDir())
	bills, books := c.StripeSecretKey == "", len(c.GoogleCalendarIds) == 0
	if loaded.IsZero() || !bills && !books {
		return c
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil { // the demo then runs without these services
		app.Logger().Warn("The made-up services of the demo could not be started.", "error", err)
		return c
	}
	s := &services{app: app, url: "http://" + listener.Addr().String(), secret: "whsec_" + security.RandomString(32), now: time.Now,
		sender: &http.Client{Timeout: 30 * time.Second}}
	s.portal.Store("")
	mux := http.NewServeMux()
	var madeUp []string
	if books {
		madeUp = append(madeUp, "Google Calendar")
		s.bindCalendar(mux)
		c.GoogleCalendarIds, c.GoogleAPIURL = []string{ownerEmail}, mustURL(s.url)
		c.GoogleCredentials = config.GoogleCredentials{Type: "authorized_user", ClientId: "demo", ClientSecret: "demo", RefreshToken: "demo"}
		if !c.Hours.Any() {
			c.Hours = hoursOf(bookableHours)
		}
	}
	if bills {
		madeUp = append(madeUp, "Stripe")
		s.stripe = fillStripe(studio(), loaded, s.url)
		s.bindInvoices(mux)
		c.StripeSecretKey, c.StripeWebhookSecret, c.StripeAPIURL = stripefake.Key, []string{s.secret}, mustURL(s.stripe.URL)
	}
	app.Store().Set(madeUpKey, strings.Join(madeUp, " and "))
	s.server = &http.Server{Handler: mux, ReadHeaderTimeout: 10 * time.Second}
	go func() { _ = s.server.Serve(listener) }()
	app.OnServe().BindFunc(func(e *core.ServeEvent) error {
		if err := e.Next(); err != nil {
			return err
		}
		s.portal.Store("http://" + listensOn(e))
		return nil
	})
	app.OnTerminate().BindFunc(func(e *core.TerminateEvent) error {
		err := e.Next() // after it nothing asks the services any more
		return cmp.Or(err, s.end())
	})
	return c
}

func (s *services) end() error {
	if s.stripe != nil {
		s.stripe.Close()
	}
	s.sender.CloseIdleConnections()
	ctx, cancel := context.WithTimeout(context.Background(), time.Second)
	defer cancel()
	if s.server.Shutdown(ctx) != nil {
		return s.server.Close()
	}
	return nil
}
