package notify

import (
	"context"
	"fmt"
	"math/rand/v2"
	"sync"
	"sync/atomic"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/routine"
	"github.com/pocketbase/pocketbase/tools/types"

	"greenroom/hooks/config"
	"greenroom/hooks/durable"
	"greenroom/hooks/integrations"
)

const (
	outboxName  = "outbox"
	integration = "mail" // the row of integrations; rows named mail:<outbox id> tell of what could not be delivered
)

// The states of a row of the outbox.
const (
	waiting = "waiting"
	sending = "sending" // from just before it is irrevocable until the server has answered
	sent    = "sent"
	failed  = "failed"
	dropped = "dropped" // nobody has to hear of it any more
)

const (
	gathering = 5 * time.Minute // from the first notice of a mail until it leaves
	tick      = 15 * time.Second
	workers   = 4
	maxRows   = 1_000 // that are looked at at once

	keepsDelivered = 14 * 24 * time.Hour
	keepsFailed    = 30 * 24 * time.Hour
	pruneSchedule  = "20 4 * * *" // UTC
)

// deskKey is where the app keeps its desk.
const deskKey = "notify.desk"

// desk turns the rows of the outbox into mails, a round every few seconds.
type desk struct {
	app    core.App
	config config.Config
	now    func() time.Time
	vary   func(d time.Duration) time.Duration // so that not all tries come at once

	ctx  context.Context
	end  context.CancelFunc
	work sync.WaitGroup
}

func newDesk(app core.App, c config.Config) *desk {
	d := &desk{app: app, config: c, now: time.Now, vary: func(d time.Duration) time.Duration { return d*4/5 + rand.N(d*2/5) }}
	d.ctx, d.end = context.WithCancel(context.Background())
	app.Store().Set(deskKey, d)
	return d
}

// bindWork works while the server runs: not before it is sure that it does, for another one may be at work on the same data.
func (d *desk) bindWork() {
	d.app.OnServe().BindFunc(func(e *core.ServeEvent) error {
		if err := e.Next(); err != nil {
			return err
		}
		if durable.IsCopy(e.App.DataDir()) { // the studio itself sends what waits here
			return nil
		}
		if err := d.endInterrupted(); err != nil {
			return err
		}
		d.app.Cron().MustAdd("pruneOutbox", pruneSchedule, d.prune)
		d.work.Go(d.run)
		return nil
	})
	d.app.OnTerminate().BindFunc(func(e *core.TerminateEvent) error {
		d.end()
		d.work.Wait()
		return e.Next()
	})
}

func (d *desk) run() {
	for {
		if err := d.round(); err != nil && d.ctx.Err() == nil {
			d.app.Logger().Error("The outbox could not be worked off. It is tried again in a moment.", "error", err)
		}
		select {
		case <-d.ctx.Done():
			return
		case <-time.After(tick):
		}
	}
}

// isDue is true of what waited long enough, and of what happened later than now, because the clock was set back.
const isDue = "nextAttemptAt <= {:now} OR attempts = 0 AND happenedAt > {:now}"

// round sends every mail that is due, a few at a time. Once the server itself does not work, the others wait for the next round.
func (d *desk) round() error {
	due, err := d.rows(dbx.HashExp{"state": waiting}, dbx.NewExp(isDue, dbx.Params{"now": d.moment(0)}))
	if err != nil {
		return err
	}
	var serverFails atomic.Bool
	var underWay sync.WaitGroup
	defer underWay.Wait()
	slots, seen := make(chan struct{}, workers), map[string]bool{}
	for _, row := range due {
		r, err := d.recipient(d.app, row.GetString("recipient"), row.GetString("client"))
		if err != nil {
			d.app.Logger().Error("The recipient of a notice could not be read.", "id", row.Id, "error", err)
			continue
		}
		mail := r.mailOf(row)
		key := fmt.Sprint(mail)
		if seen[key] {
			continue
		}
		seen[key] = true
		slots <- struct{}{}
		underWay.Go(func() {
			defer func() { <-slots }()
			if d.ctx.Err() != nil || serverFails.Load() {
				return
			}
			err := routine.SafeWrap(func() error { // automations of the owner's run with it
				down, err := d.handle(r, mail)
				if down {
					serverFails.Store(true)
				}
				return err
			})()
			if err != nil {
				d.app.Logger().Error("A mail could not be dealt with. It is tried again in a moment.", "outbox", row.Id, "error", err)
			}
		})
	}
	return nil
}

// mailOf names the rows that go into one mail with the given one: of the same project, or all where there is one mail a day.
func (r recipient) mailOf(row *core.Record) dbx.HashExp {
	mail := dbx.HashExp{"state": waiting, "recipient": r.to}
	switch {
	case r.choice != choiceDaily:
		mail["client"], mail["project"] = r.client.Id, row.GetString("project")
	case r.to == toClient:
		mail["client"] = r.client.Id
	}
	return mail
}

// handle sends one mail, puts it off, or drops what nobody has to hear.
func (d *desk) handle(r recipient, mail dbx.HashExp) (serverFails bool, err error) {
	rows, err := d.rows(mail)
	if err != nil || len(rows) == 0 {
		return false, err
	}
	if reason := r.unreachable(); reason != "" {
		return false, d.set(d.app, rows, waiting, dbx.Params{"state": dropped, "lastError": reason})
	}
	now := d.now()
	if at := r.goesAt(now, rows[0].GetDateTime("happenedAt").Time()); at.After(now) {
		return false, d.set(d.app, rows, waiting, dbx.Params{"nextAttemptAt": moment(at)})
	}
	return d.deliver(r, rows)
}

// rows gives the first rows of the outbox under the conditions, in the order in which they happened.
func (d *desk) rows(conditions ...dbx.Expression) (rows []*core.Record, err error) {
	err = d.app.RecordQuery(outboxName).AndWhere(dbx.And(conditions...)).OrderBy("happenedAt", "rowid").Limit(maxRows).All(&rows)
	return rows, err
}

// set writes the same into all of the rows, or into none where one of them is no longer in the state.
func (d *desk) set(app core.App, rows []*core.Record, from string, values dbx.Params) error {
	ids := make([]any, len(rows))
	for i, row := range rows {
		ids[i] = row.Id
	}
	values["updated"] = d.moment(0)
	return app.RunInTransaction(func(tx core.App) error {
		result, err := tx.DB().Update(outboxName, values, dbx.And(dbx.HashExp{"state": from}, dbx.In("id", ids...))).Execute()
		if err != nil {
			return err
		}
		if changed, err := result.RowsAffected(); err != nil || int(changed) != len(rows) {
			return fmt.Errorf("%d of %d rows of the outbox are still %s: %w", changed, len(rows), from, errChanged)
		}
		return nil
	})
}

// moment is a time, so much from now, as the database has it.
func (d *desk) moment(later time.Duration) string { return moment(d.now().Add(later)) }

func moment(t time.Time) string {
	stamp, _ := types.ParseDateTime(t) // a time is always one
	return stamp.String()
}

// endInterrupted ends what a crash left in the middle: nobody knows whether those mails went.
func (d *desk) endInterrupted() error {
	rows, err := d.rows(dbx.HashExp{"state": sending})
	if err != nil || len(rows) == 0 {
		return err
	}
	return d.fail(rows, sending, unknown)
}

// prune forgets what was dealt with long ago.
func (d *desk) prune() {
	delivered := dbx.And(dbx.In("state", sent, dropped), d.olderThan(keepsDelivered))
	undelivered := dbx.And(dbx.HashExp{"state": failed}, d.olderThan(keepsFailed))
	err := d.app.RunInTransaction(func(tx core.App) error {
		var troubles []string
		if err := tx.DB().Select("id").From(outboxName).Where(undelivered).Column(&troubles); err != nil {
			return err
		}
		for _, id := range troubles {
			if err := integrations.Drop(tx, integration+":"+id); err != nil {
				return err
			}
		}
		for _, old := range []dbx.Expression{delivered, undelivered} {
			if _, err := tx.DB().Delete(outboxName, old).Execute(); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		d.app.Logger().Error("Old rows of the outbox could not be removed.", "error", err)
	}
}

func (d *desk) olderThan(age time.Duration) dbx.Expression {
	return dbx.NewExp("updated < {:before}", dbx.Params{"before": d.moment(-age)})
}
