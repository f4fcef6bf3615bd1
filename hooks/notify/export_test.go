package notify

import (
	"context"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// Desk is a studio's desk in the hands of a test: it works when it is told, and knows the time that it is told.
type Desk struct{ *desk }

// TakeOver stops the desk of a studio and gives it to the test.
func TakeOver(app core.App, now time.Time) Desk {
	d := app.Store().Get(deskKey).(*desk)
	d.end()
	d.work.Wait()
	d.ctx, d.end = context.WithCancel(context.Background())
	d.now = func() time.Time { return now }
	d.vary = func(d time.Duration) time.Duration { return d }
	return Desk{d}
}

// At sets the clock.
func (d Desk) At(now time.Time) { d.now = func() time.Time { return now } }

// Stop does what the end of the server does.
func (d Desk) Stop() { d.end() }

func (d Desk) Round() error { return d.round() }
func (d Desk) Prune()       { d.prune() }

// Rows gives the whole outbox, in the order in which it happened.
func (d Desk) Rows() ([]*core.Record, error) { return d.rows(dbx.NewExp("1")) }
