package notify

import (
	"context"
	"crypto/tls"
	"net"
	"sync"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// Outbox is a studio's outbox that works when the test says so, by the test's clock.
type Outbox struct{ *outbox }

// TakeOver stops the outbox of a studio and returns it to the test.
func TakeOver(app core.App, now time.Time) Outbox {
	o := app.Store().Get(outboxKey).(*outbox)
	o.stop()
	o.ctx, o.end = context.WithCancel(context.Background())
	o.now = func() time.Time { return now }
	o.vary = func(d time.Duration) time.Duration { return d }
	return Outbox{o}
}

// Hasten makes each wait end at once, and advances the clock by it.
func (o Outbox) Hasten() (now func() time.Time) {
	var mu sync.Mutex
	clock := o.now()
	o.now = func() time.Time {
		mu.Lock()
		defer mu.Unlock()
		return clock
	}
	o.after = func(d time.Duration) <-chan time.Time {
		mu.Lock()
		defer mu.Unlock()
		clock = clock.Add(d)
		over := make(chan time.Time, 1)
		over <- clock
		return over
	}
	return o.now
}

// Freeze makes each wait last for ever, and sends its length to the channel.
func (o Outbox) Freeze() (waits <-chan time.Duration) {
	begun := make(chan time.Duration, 100)
	o.after = func(d time.Duration) <-chan time.Time {
		begun <- d
		return nil
	}
	return begun
}

// StopAll stops the outbox as the end of the server does, and waits for its work.
func (o Outbox) StopAll() { o.stop() }

// Of returns the running outbox of an app.
func Of(app core.App) Outbox { return Outbox{app.Store().Get(outboxKey).(*outbox)} }

// Greet begins an SMTP session with a server whose name differs from its address.
func Greet(connection net.Conn, settings core.SMTPConfig) error {
	_, err := server{settings: settings}.greet(connection, &tls.Config{ServerName: "127.0.0.1", MinVersion: tls.VersionTLS12})
	return err
}

// HelloName is the name that the studio gives in EHLO.
var HelloName = helloName

// At sets the clock.
func (o Outbox) At(now time.Time) { o.now = func() time.Time { return now } }

// Stop ends the outbox's context as the end of the server does.
func (o Outbox) Stop() { o.end() }

func (o Outbox) Round() error { return o.round() }
func (o Outbox) Prune()       { o.prune() }

// Rows returns the whole outbox, oldest first.
func (o Outbox) Rows() ([]*core.Record, error) { return o.rows(dbx.NewExp("1")) }
