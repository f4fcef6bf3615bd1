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

// Outbox is a studio's outbox in the hands of a test: it works when it is told, and knows the time that it is told.
type Outbox struct{ *outbox }

// TakeOver stops the outbox of a studio and gives it to the test.
func TakeOver(app core.App, now time.Time) Outbox {
	o := app.Store().Get(outboxKey).(*outbox)
	o.stop()
	o.ctx, o.end = context.WithCancel(context.Background())
	o.now = func() time.Time { return now }
	o.vary = func(d time.Duration) time.Duration { return d }
	return Outbox{o}
}

// Hasten makes each wait of the outbox end at once, and the clock tell that it took place.
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

// Freeze makes each wait of the outbox last, and tells of it.
func (o Outbox) Freeze() (waits <-chan time.Duration) {
	begun := make(chan time.Duration, 100)
	o.after = func(d time.Duration) <-chan time.Time {
		begun <- d
		return nil
	}
	return begun
}

// StopAll does what the end of the server does, and waits for it.
func (o Outbox) StopAll() { o.stop() }

// Of gives the outbox of an app that is at work.
func Of(app core.App) Outbox { return Outbox{app.Store().Get(outboxKey).(*outbox)} }

// Greet begins a conversation with a server that is known by another name than the address it is reached at.
func Greet(connection net.Conn, settings core.SMTPConfig) error {
	_, err := server{settings: settings}.greet(connection, &tls.Config{ServerName: "127.0.0.1", MinVersion: tls.VersionTLS12})
	return err
}

// HelloName is how the studio greets a mail server.
var HelloName = helloName

// At sets the clock.
func (o Outbox) At(now time.Time) { o.now = func() time.Time { return now } }

// Stop does what the end of the server does.
func (o Outbox) Stop() { o.end() }

func (o Outbox) Round() error { return o.round() }
func (o Outbox) Prune()       { o.prune() }

// Rows gives the whole outbox, in the order in which it happened.
func (o Outbox) Rows() ([]*core.Record, error) { return o.rows(dbx.NewExp("1")) }
