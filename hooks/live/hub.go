// Package live tells open pages what has changed, and knows which pages are open.
package live

import (
	"encoding/json"
	"maps"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/routine"
	"github.com/pocketbase/pocketbase/tools/subscriptions"
	"github.com/pocketbase/pocketbase/tools/types"

	"greenroom/hooks/database"
	"greenroom/hooks/people"
)

// The live topic "portal": each change of a record goes, once it is committed, to the record's client and to owners, as
// {action, collection, record}. Who that is stands in the client column and in a table of open lines kept here, so a
// change costs what its own listeners cost, however many others are connected, and no query.

// topic is what clients subscribe to; options may follow it after a question mark, and answers go out under that name.
const topic = "portal"

// maxWaiting is how many messages may wait for one slow connection before it is closed; it then connects anew and
// looks.
const maxWaiting = 1000

var liveCollections = []string{"clients", "projects", "milestones", "sessions", "goals", "deliverables", "action_items", "attachments",
	"comments", "bookings", "integrations"}

// Register makes the hub that the live topic is served by.
func Register(app core.App) {
	h := &hub{lines: map[string]map[string]*line{}, whose: map[string]string{}}
	app.Store().Set(hubKey, h)
	app.OnRealtimeSubscribeRequest().BindFunc(func(e *core.RealtimeSubscribeRequestEvent) error {
		if err := e.Next(); err != nil {
			return err
		}
		h.set(e.Client, e.Auth, e.Subscriptions)
		if e.Client.IsDiscarded() { // it went while it subscribed, and nobody will take its line out any more
			h.set(e.Client, nil, nil)
		}
		return nil
	})
	app.OnRealtimeConnectRequest().BindFunc(func(e *core.RealtimeConnectRequestEvent) error {
		if stock, ok := e.Client.(*subscriptions.DefaultClient); ok {
			e.Client = newConnection(stock)
		}
		defer func() { h.set(e.Client, nil, nil) }()
		return e.Next()
	})

	publish := func(action string) func(e *core.RecordEvent) error {
		return func(e *core.RecordEvent) error {
			if !isMachinery(e.Record) {
				h.publish(e.App, action, e.Record)
			}
			return e.Next()
		}
	}
	app.OnRecordAfterCreateSuccess(liveCollections...).BindFunc(publish("create"))
	app.OnRecordAfterUpdateSuccess(liveCollections...).BindFunc(publish("update"))
	app.OnRecordAfterDeleteSuccess(liveCollections...).BindFunc(publish("delete"))
}

// isMachinery tells of a row that a service keeps for itself, such as an unfinished upload: no news to anybody, as long
// as it tells of no trouble.
func isMachinery(record *core.Record) bool {
	return record.Collection().Name == "integrations" && strings.Contains(record.GetString("name"), ":") &&
		record.GetString("lastError") == "" && record.Original().GetString("lastError") == ""
}

// hubKey is where the app keeps the hub, for those who tell of what is no record.
const hubKey = "live.hub"

// Tell sends a change that is no save of a record (what was found out about a file in the background) to a client's
// open pages and to the owner's, as {action, collection, record} with a record that holds nothing but the client: look
// again.
func Tell(app core.App, clientId, action, collection string) {
	tell(app, clientId, action, collection, func(*line) bool { return true })
}

// TellOfMoney is Tell for those who see money (of an invoice at Stripe).
func TellOfMoney(app core.App, clientId, action, collection string) {
	tell(app, clientId, action, collection, func(l *line) bool { return !l.noMoney })
}

func tell(app core.App, clientId, action, collection string, hears func(*line) bool) {
	h, ok := app.Store().Get(hubKey).(*hub)
	if !ok || clientId == owners {
		return
	}
	data := []byte(`{"action":` + strconv.Quote(action) + `,"collection":` + strconv.Quote(collection) + `,"record":{"client":` + strconv.Quote(clientId) + `}}`)
	for _, l := range slices.Concat(h.to(clientId), h.to(owners)) {
		if hears(l) {
			l.send(app, data)
		}
	}
}

// ofPerson are the lines among them that one person has open: a client, or one of their people.
func ofPerson(lines []*line, id string) []*line {
	return slices.DeleteFunc(lines, func(l *line) bool { return l.auth != id })
}

// owners is the key of all the owner's lines.
const owners = ""

// hub knows the open lines, by the client whose records they hear of and by connection.
type hub struct {
	mu    sync.RWMutex
	lines map[string]map[string]*line
	whose map[string]string // by connection
}

// set replaces what a connection listens to.
func (h *hub) set(connection subscriptions.Client, auth *core.Record, subscribed []string) {
	h.mu.Lock()
	defer h.mu.Unlock()
	if who, ok := h.whose[connection.Id()]; ok {
		delete(h.whose, connection.Id())
		delete(h.lines[who], connection.Id())
		if len(h.lines[who]) == 0 {
			delete(h.lines, who)
		}
	}
	var names []string
	for _, name := range subscribed {
		if isOurs(name) {
			names = append(names, name)
		}
	}
	if auth == nil || len(names) == 0 {
		return
	}
	who := people.Account(auth)
	if auth.IsSuperuser() {
		who = owners
	}
	if h.lines[who] == nil {
		h.lines[who] = map[string]*line{}
	}
	h.lines[who][connection.Id()] = &line{connection: connection, names: names, auth: auth.Id, noMoney: !people.SeesMoney(auth)}
	h.whose[connection.Id()] = who
}

// to gives the open lines of a client, or of the owner.
func (h *hub) to(who string) []*line {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return slices.Collect(maps.Values(h.lines[who]))
}

// publish sends one change to those whom it concerns.
func (h *hub) publish(app core.App, action string, record *core.Record) {
	client := record.GetString("client")
	if record.Collection().Name == "clients" {
		h.send(app, ofPerson(h.to(people.Account(record)), record.Id), action, record, false)
	} else if client != owners {
		h.send(app, h.to(client), action, record, false)
	}
	h.send(app, h.to(owners), action, record, true)

	if action != "update" {
		return
	}
	// A record that went to another client is gone for the one who had it.
	if before := record.Original(); before.GetString("client") != "" && before.GetString("client") != client {
		h.send(app, h.to(before.GetString("client")), "delete", before, false)
	}
}

func (h *hub) send(app core.App, lines []*line, action string, record *core.Record, toOwner bool) {
	if len(lines) == 0 {
		return
	}
	data, err := json.Marshal(map[string]any{"action": action, "collection": record.Collection().Name, "record": export(record, toOwner)})
	if err != nil {
		app.Logger().Error("A live message could not be written.", "collection", record.Collection().Name, "id", record.Id, "error", err)
		return
	}
	for _, l := range lines {
		l.send(app, data)
	}
}

// export is the record as its reader may see it, with times in RFC 3339.
func export(record *core.Record, toOwner bool) map[string]any {
	record = record.Fresh().IgnoreEmailVisibility(true)
	if toOwner {
		record.Unhide(record.Collection().Fields.FieldNames()...)
		if deleted := record.GetString("deletedBody"); deleted != "" {
			record.SetRaw("body", deleted)
		}
	}
	out := record.PublicExport()
	for name, value := range out {
		if t, ok := value.(types.DateTime); ok {
			out[name] = database.OnTheWire(t)
		}
	}
	return out
}

// line is one connection that listens to the topic. Its messages leave in the order of the changes, by a goroutine that
// runs while there are any, so that no writer ever waits for a slow phone.
type line struct {
	connection subscriptions.Client
	names      []string
	auth       string
	noMoney    bool // of one of a client's people who sees everything but money

	mu      sync.Mutex
	waiting []subscriptions.Message
	busy    bool
}

func (l *line) send(app core.App, data []byte) {
	if auth, _ := l.connection.Get(apis.RealtimeClientAuthKey).(*core.Record); auth == nil || auth.Id != l.auth {
		return // signed out since it subscribed
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.waiting) >= maxWaiting {
		l.waiting = nil
		app.SubscriptionsBroker().Unregister(l.connection.Id())
		return
	}
	for _, name := range l.names {
		l.waiting = append(l.waiting, subscriptions.Message{Name: name, Data: data})
	}
	if !l.busy {
		l.busy = true
		routine.FireAndForget(l.empty)
	}
}

// empty sends what waits until nothing does.
func (l *line) empty() {
	for {
		l.mu.Lock()
		messages := l.waiting
		l.waiting = nil
		l.busy = len(messages) > 0
		l.mu.Unlock()
		if len(messages) == 0 {
			return
		}
		for _, message := range messages {
			l.connection.Send(message)
		}
	}
}
