package access

import (
	"context"
	"errors"
	"net/http"
	"sync"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/hook"
	"github.com/pocketbase/pocketbase/tools/router"

	"greenroom/hooks/database"
)

// Clients write the conditions of lists of records. Each list is limited to queryTime and to a part of the database
// connections; plain_query.go limits the conditions.
const (
	queryTime   = 3 * time.Second
	listsAtOnce = 2 // for each client; a list takes two connections, one of them to count
	// listsWaiting limits how many lists of one client wait for their turn.
	listsWaiting = 16
	// pagesConnections are reserved for the portal's pages and for sign-in.
	pagesConnections = 2
)

const listPattern = "GET /api/collections/{collection}/records"

func boundQueries(app core.App, limit time.Duration) {
	// A query that is cancelled between rows looks like a complete one to PocketBase.
	app.OnRecordsListRequest().Bind(&hook.Handler[*core.RecordsListRequestEvent]{Priority: -1, Func: func(e *core.RecordsListRequestEvent) error {
		if app, ok := e.App.(limitedApp); ok && app.ctx.Err() != nil {
			return app.ctx.Err()
		}
		return e.Next()
	}})
	app.OnServe().BindFunc(func(se *core.ServeEvent) error {
		q := &queue{all: make(chan struct{}, listSlots(se.App)), waiting: newGate(listsAtOnce + listsWaiting), of: map[string]*turns{}}
		se.Router.Bind(&hook.Handler[*core.RequestEvent]{
			Id:       "greenroomQueries",
			Priority: apis.DefaultBodyLimitMiddlewarePriority + 1,
			Func: func(e *core.RequestEvent) error {
				if e.Request.Pattern != listPattern || e.HasSuperuserAuth() {
					return e.Next()
				}
				return q.list(e, limit)
			},
		})
		return se.Next()
	})
}

// listSlots returns how many lists may be read at the same time.
func listSlots(app core.App) int {
	pool, ok := app.ConcurrentDB().(*dbx.DB)
	if !ok {
		return 1
	}
	return max((pool.DB().Stats().MaxOpenConnections-pagesConnections)/2, 1)
}

// queue limits how many lists are read at the same time, for each client and in all.
type queue struct {
	all     chan struct{}
	waiting *gate

	mu sync.Mutex
	of map[string]*turns
}

type turns struct {
	free  chan struct{}
	users int
}

const busyWithYou = "Several lists of yours are being read already. Ask again when they are done."

func (q *queue) list(e *core.RequestEvent, limit time.Duration) error {
	who := countedAs(e)
	if e.Auth != nil {
		who = e.Auth.Id
	}
	leave, ok := q.waiting.enter(who)
	if !ok {
		e.Response.Header().Set("Retry-After", Seconds(limit))
		return e.TooManyRequestsError(busyWithYou, nil)
	}
	defer leave()

	wait, cancel := context.WithTimeout(e.Request.Context(), limit)
	defer cancel()
	done, err := q.enter(wait, who)
	if err != nil {
		return err // answerTrouble turns it into an answer
	}
	defer done()
	ctx, end := context.WithTimeout(database.Ending(e.Request.Context()), limit)
	defer end()

	app, response := e.App, e.Response
	e.App, e.Response = limitedApp{app, ctx}, &finishing{ResponseWriter: response, done: done}
	err = e.Next()
	e.App, e.Response = app, response
	if err != nil && errors.Is(ctx.Err(), context.DeadlineExceeded) {
		return router.NewApiError(http.StatusServiceUnavailable, "This list takes longer than three seconds to read. Ask for less: a simpler filter or a smaller page.", err)
	}
	return err
}

// enter waits for one of the client's places, then for one of all. done gives both back and may be called more than
// once.
func (q *queue) enter(ctx context.Context, who string) (done func(), err error) {
	q.mu.Lock()
	mine := q.of[who]
	if mine == nil {
		mine = &turns{free: make(chan struct{}, listsAtOnce)}
		q.of[who] = mine
	}
	mine.users++
	q.mu.Unlock()
	leave := func() {
		q.mu.Lock()
		defer q.mu.Unlock()
		if mine.users--; mine.users == 0 {
			delete(q.of, who)
		}
	}
	select {
	case mine.free <- struct{}{}:
	case <-ctx.Done():
		leave()
		return nil, ctx.Err()
	}
	select {
	case q.all <- struct{}{}:
	case <-ctx.Done():
		<-mine.free
		leave()
		return nil, ctx.Err()
	}
	return sync.OnceFunc(func() {
		<-q.all
		<-mine.free
		leave()
	}), nil
}

// limitedApp is the app for one list, whose query is cancelled when the context ends.
type limitedApp struct {
	core.App
	ctx context.Context
}

func (a limitedApp) RecordQuery(collection any) *dbx.SelectQuery {
	return a.App.RecordQuery(collection).WithContext(a.ctx)
}

// finishing calls done when the answer begins, so that a slow reader holds no connection or place.
type finishing struct {
	http.ResponseWriter
	done func()
}

func (f *finishing) Unwrap() http.ResponseWriter { return f.ResponseWriter }

func (f *finishing) WriteHeader(status int) {
	f.done()
	f.ResponseWriter.WriteHeader(status)
}

func (f *finishing) Write(b []byte) (int, error) {
	f.done()
	return f.ResponseWriter.Write(b)
}
