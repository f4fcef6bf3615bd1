package notify

import (
	"context"
	"database/sql"
	"errors"
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
	integration = "mail" // the mail server's row of integrations; rows "mail:<outbox id>" name mails that failed
)

// States of a row of the outbox.
const (
	waiting = "waiting"
	sending = "sending" // from just before the mail may have been sent until the server's answer
	sent    = "sent"
	failed  = "failed"
	dropped = "dropped" // no longer news, or without a recipient
)

const (
	gathering = 5 * time.Minute // from a mail's first notice until it is sent
	tick      = 15 * time.Second
	workers   = 4
	maxRows   = 1_000 // of one query

	deliveredRetention = 14 * 24 * time.Hour
	failedRetention    = 30 * 24 * time.Hour
	pruneSchedule      = "20 4 * * *" // UTC
)

// outboxKey is the key of the outbox in the app's store.
const outboxKey = "notify.outbox"

// outbox sends the rows of the collection outbox as mails, in rounds every few seconds.
type outbox struct {
	app    core.App
	config config.Config
	now    func() time.Time
	after  func(d time.Duration) <-chan time.Time
	vary   func(d time.Duration) time.Duration // jitter of retries
	codes  waitingCodes
	wake   chan struct{} // a send starts a round at once

	starting sync.Mutex // held while work begins, and while stop forbids it
	ctx      context.Context
	end      context.CancelFunc
	work     sync.WaitGroup
}

func newOutbox(app core.App, c config.Config) *outbox {
	o := &outbox{app: app, config: c, now: time.Now, after: time.After,
		vary: func(d time.Duration) time.Duration { return d*4/5 + rand.N(d*2/5) }, wake: make(chan struct{}, 1)}
	o.ctx, o.end = context.WithCancel(context.Background())
	app.Store().Set(outboxKey, o)
	return o
}

// begin registers background work that stop waits for; done ends it. After stop, ok is false: the database may be
// closed at any moment, so no work may begin.
func (o *outbox) begin() (done func(), ok bool) {
	o.starting.Lock()
	defer o.starting.Unlock()
	if o.ctx.Err() != nil {
		return nil, false
	}
	o.work.Add(1)
	return o.work.Done, true
}

// stop prevents new work, interrupts what can be interrupted, and waits for the rest.
func (o *outbox) stop() {
	o.starting.Lock()
	o.end()
	o.starting.Unlock()
	o.work.Wait()
}

// bindWork runs the outbox while the server runs. It starts only after the server listens, since until then another
// process may still work on the same data.
func (o *outbox) bindWork() {
	o.app.OnServe().BindFunc(func(e *core.ServeEvent) error {
		if err := e.Next(); err != nil {
			return err
		}
		if durable.IsCopy(e.App.DataDir()) { // the original studio sends these mails
			return nil
		}
		done, ok := o.begin()
		if !ok {
			return nil // the stop came before the start was complete
		}
		o.app.Cron().MustAdd("pruneOutbox", pruneSchedule, o.prune)
		if err := o.endInterrupted(); err != nil {
			done()
			return err
		}
		go func() {
			defer done()
			o.run()
		}()
		return nil
	})
	o.app.OnTerminate().BindFunc(func(e *core.TerminateEvent) error {
		o.stop()
		return e.Next()
	})
}

func (o *outbox) run() {
	for o.ctx.Err() == nil {
		if err := o.round(); err != nil && o.ctx.Err() == nil {
			o.app.Logger().Error("The outbox could not be worked off. It is tried again in a moment.", "error", err)
		}
		select {
		case <-o.ctx.Done():
			return
		case <-o.wake:
		case <-o.after(tick):
		}
	}
}

// wakeUp starts the next round now.
func (o *outbox) wakeUp() {
	select {
	case o.wake <- struct{}{}:
	default: // a round is requested already
	}
}

// isDue selects the rows whose time has come, and untried rows dated more than clockSlack in the future, which means that
// the clock was set back.
const isDue = "nextAttemptAt <= {:now} OR attempts = 0 AND happenedAt > {:ahead}"

// clockSlack is more than passes between the moment from which a round counts and its reading of the rows: a notice that
// is written meanwhile is dated later than that moment.
const clockSlack = time.Minute

// round sends every mail that is due, with several workers. After a failure of the server itself the remaining mails
// wait for the next round.
func (o *outbox) round() error {
	due, err := o.rows(dbx.HashExp{"state": waiting}, dbx.NewExp(isDue, dbx.Params{"now": o.moment(0), "ahead": o.moment(clockSlack)}))
	if err != nil {
		return err
	}
	var serverFails atomic.Bool
	var underWay sync.WaitGroup
	defer underWay.Wait()
	slots, seen := make(chan struct{}, workers), map[string]bool{}
	for _, row := range due {
		r, err := o.recipient(o.app, row.GetString("recipient"), row.GetString("client"), row.GetString("person"))
		if errors.Is(err, sql.ErrNoRows) { // the client or person was removed
			err = o.set(o.app, []*core.Record{row}, waiting, dbx.Params{"state": dropped, "lastError": "There is nobody any more to send it to."})
			if err == nil {
				continue
			}
		}
		if err != nil {
			o.app.Logger().Error("The recipient of a notice could not be read.", "id", row.Id, "error", err)
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
			if o.ctx.Err() != nil || serverFails.Load() {
				return
			}
			err := routine.SafeWrap(func() error { // recovers from panics in the owner's automations, which run here
				down, err := o.handle(r, mail)
				if down {
					serverFails.Store(true)
				}
				return err
			})()
			if err != nil {
				o.app.Logger().Error("A mail could not be dealt with. It is tried again in a moment.", "outbox", row.Id, "error", err)
			}
		})
	}
	return nil
}

// mailOf returns the condition for the rows that share a mail with the given one: those of the same project, or with
// one mail a day all of the recipient's. A mail about a meeting has one row.
func (r recipient) mailOf(row *core.Record) dbx.HashExp {
	if isBooking(row.GetString("notice")) {
		return dbx.HashExp{"state": waiting, "id": row.Id}
	}
	mail := dbx.HashExp{"state": waiting, "recipient": r.to}
	switch {
	case r.choice != choiceDaily:
		mail["client"], mail["person"], mail["project"] = r.client.Id, row.GetString("person"), row.GetString("project")
	case r.to == toClient:
		mail["client"], mail["person"] = r.client.Id, row.GetString("person")
	}
	return mail
}

// handle sends one mail, postpones it, or drops its rows.
func (o *outbox) handle(r recipient, mail dbx.HashExp) (serverFails bool, err error) {
	rows, err := o.rows(mail, dbx.Or(dbx.Not(dbx.HashExp{"project": ""}), dbx.HashExp{"id": mail["id"]}))
	if err != nil || len(rows) == 0 {
		return false, err
	}
	if isBooking(rows[0].GetString("notice")) {
		return o.deliverBooking(r, rows[0])
	}
	if reason := r.unreachable(); reason != "" {
		return false, o.set(o.app, rows, waiting, dbx.Params{"state": dropped, "lastError": reason})
	}
	now := o.now()
	if at := r.goesAt(now, rows[0].GetDateTime("happenedAt").Time()); at.After(now) {
		return false, o.set(o.app, rows, waiting, dbx.Params{"nextAttemptAt": moment(at)})
	}
	return o.deliver(r, rows)
}

// rows returns up to maxRows rows of the outbox that fulfil the conditions, oldest first.
func (o *outbox) rows(conditions ...dbx.Expression) (rows []*core.Record, err error) {
	err = o.app.RecordQuery(outboxName).AndWhere(dbx.And(conditions...)).OrderBy("happenedAt", "rowid").Limit(maxRows).All(&rows)
	return rows, err
}

// set writes values to all rows, or to none (errChanged) if one of them is no longer in the state from.
func (o *outbox) set(app core.App, rows []*core.Record, from string, values dbx.Params) error {
	ids := make([]any, len(rows))
	for i, row := range rows {
		ids[i] = row.Id
	}
	values["updated"] = o.moment(0)
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

// moment returns the time that much later than now, as the database stores it.
func (o *outbox) moment(later time.Duration) string { return moment(o.now().Add(later)) }

func moment(t time.Time) string {
	stamp, _ := types.ParseDateTime(t) // parsing a time.Time cannot fail
	return stamp.String()
}

// endInterrupted marks the mails that a crash interrupted as failed, because nobody knows whether they were sent.
func (o *outbox) endInterrupted() error {
	for {
		rows, err := o.rows(dbx.HashExp{"state": sending})
		if err != nil || len(rows) == 0 {
			return err
		}
		if err := o.fail(rows, sending, unknown); err != nil {
			return err
		}
	}
}

// prune deletes rows that were sent, dropped or failed long ago.
func (o *outbox) prune() {
	done, ok := o.begin()
	if !ok {
		return
	}
	defer done()
	delivered := dbx.And(dbx.In("state", sent, dropped), o.olderThan(deliveredRetention))
	undelivered := dbx.And(dbx.HashExp{"state": failed}, o.olderThan(failedRetention))
	err := o.app.RunInTransaction(func(tx core.App) error {
		var troubles []string
		if err := tx.DB().Select("id").From(outboxName).Where(undelivered).Column(&troubles); err != nil {
			return err
		}
		for _, id := range troubles {
			if err := integrations.Drop(tx, integration+":"+id); err != nil {
				return err
			}
		}
		if err := o.pruneTroubles(tx); err != nil {
			return err
		}
		for _, old := range []dbx.Expression{delivered, undelivered} {
			if _, err := tx.DB().Delete(outboxName, old).Execute(); err != nil {
				return err
			}
		}
		return nil
	})
	if err != nil {
		o.app.Logger().Error("Old rows of the outbox could not be removed.", "error", err)
	}
}

func (o *outbox) olderThan(age time.Duration) dbx.Expression {
	return dbx.NewExp("updated < {:before}", dbx.Params{"before": o.moment(-age)})
}
