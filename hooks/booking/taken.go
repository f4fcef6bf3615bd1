package booking

import (
	"context"
	"sync"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/database"
)

// answerGoodFor is how long an answer of Google's serves visitors who only look at the free times.
const answerGoodFor = 30 * time.Second

// taken caches Google's last answer about busy times for answerGoodFor. Callers that need Google at the same moment share
// one request. The zero value is ready.
type taken struct {
	mu      sync.Mutex
	asking  *question
	answer  []Period
	goodFor window
	until   time.Time
}

// window is the period that an answer covers.
type window struct{ from, to time.Time }

func (w window) holds(other window) bool { return !other.from.Before(w.from) && !other.to.After(w.to) }

// question is a request to Google that is under way. answer and err are written before done is closed.
type question struct {
	about  window
	done   chan struct{}
	answer []Period
	err    error
}

// forget drops the cached answer, and makes later callers send a new request even while one is under way.
func (t *taken) forget() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.asking, t.until = nil, time.Time{}
}

// in returns the busy periods in the window, from the cache or from Google by ask. A request goes on when its callers give
// up, so that its answer serves the next ones.
func (t *taken) in(ctx context.Context, w window, now func() time.Time, ask func(w window) ([]Period, error)) ([]Period, error) {
	t.mu.Lock()
	if now().Before(t.until) && t.goodFor.holds(w) {
		defer t.mu.Unlock()
		return t.answer, nil
	}
	q := t.asking
	if q == nil || !q.about.holds(w) {
		q = &question{about: w, done: make(chan struct{})}
		t.asking = q
		go func() {
			defer close(q.done)
			q.answer, q.err = ask(w)
			t.mu.Lock()
			defer t.mu.Unlock()
			if t.asking != q {
				return // forget was called, so the answer may be out of date
			}
			t.asking = nil
			if q.err == nil {
				t.answer, t.goodFor, t.until = q.answer, w, now().Add(answerGoodFor)
			}
		}()
	}
	t.mu.Unlock()
	select {
	case <-q.done:
		return q.answer, q.err
	case <-ctx.Done():
		return nil, ctx.Err()
	}
}

// ask requests the busy periods in the window from Google.
func (s *Service) ask(ctx context.Context, w window) (out []Period, err error) {
	busy, err := s.calendar.BusyTimes(ctx, w.from, w.to)
	for _, b := range busy {
		out = append(out, Period(b))
	}
	return out, err
}

// longestMeeting bounds how far before a window the bookings are read. A meeting that began earlier and still lasts is
// known from Google.
const longestMeeting = 24 * time.Hour

// booked returns the studio's own bookings in the window, except one. They are read because Google may not have the newest
// yet.
func (s *Service) booked(app core.App, w window, except string) (out []Period, err error) {
	var rows []struct {
		Start database.Time `db:"startTime"`
		End   database.Time `db:"endTime"`
	}
	err = app.DB().NewQuery(`SELECT b.startTime, b.endTime FROM bookings b JOIN clients c ON c.id = b.client
		WHERE b.startTime > {:first} AND b.startTime < {:to} AND b.endTime > {:from} AND b.cancelledAt = '' AND b.id != {:except} AND c.archivedAt = ''`).
		Bind(dbx.Params{"first": database.Stored(w.from.Add(-longestMeeting)), "from": database.Stored(w.from), "to": database.Stored(w.to), "except": except}).All(&rows)
	for _, r := range rows {
		out = append(out, Period{r.Start.Time(), r.End.Time()})
	}
	return out, err
}

// without removes a period from the busy ones, because a meeting that moves is not in its own way.
func without(taken []Period, own Period) (out []Period) {
	for _, t := range taken {
		if !t.near(own, 0) {
			out = append(out, t)
			continue
		}
		if t.Start.Before(own.Start) {
			out = append(out, Period{t.Start, own.Start})
		}
		if t.End.After(own.End) {
			out = append(out, Period{own.End, t.End})
		}
	}
	return out
}
