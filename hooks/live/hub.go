// Package live sends changes to open pages, and knows which pages are open.
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

// The live topic "portal": after each commit the changed record is sent to its client and to owners, as {action,
// collection, record}. The hub finds them by the record's client column in its own table of connections. So a change
// costs as much as its recipients do, however many others are connected, and needs no query.

// topic is the name that pages subscribe to. Options may follow it after a question mark; messages are sent under the
// full name.
const topic = "portal"

// maxWaiting is how many messages may wait for one slow connection. Beyond it the connection is closed; its page
// reconnects and loads anew.
const maxWaiting = 1000

var liveCollections = []string{"clients", "projects", "milestones", "sessions", "goals", "deliverables", "action_items", "attachments",
	"comments", "bookings", "integrations"}

// Register creates the hub, and publishes changes of the live collections.
func Register(app core.App) {
	h := &hub{lines: map[string]map[string]*line{}, whose: map[string]string{}}
	app.Store().Set(hubKey, h)
	app.OnRealtimeSubscribeRequest().BindFunc(func(e *core.RealtimeSubscribeRequestEvent) error {
		if err := e.Next(); err != nil {
			return err
		}
		h.set(e.Client, e.Auth, e.Subscriptions)
		if e.Client.IsDiscarded() { // it was closed meanwhile, after which nothing else would remove its line
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

// isMachinery reports whether a record is a service's own state, such as an unfinished upload. It is not published, as
// long as it reports no trouble.
func isMachinery(record *core.Record) bool {
	return record.Collection().Name == "integrations" && strings.Contains(record.GetString("name"), ":") &&
		record.GetString("lastError") == "" && record.Original().GetString("lastError") == ""
}

// hubKey is the key of the hub in the app's store.
const hubKey = "live.hub"

// Tell publishes a change that is no save of a record, such as the measurements of a file, to a client's open pages and
// the owner's. The message has the usual form {action, collection, record}, but record has only the field client: the
// page has to load anew.
func Tell(app core.App, clientId, action, collection string) {
	tell(app, clientId, action, collection, func(*line) bool { return true })
}

// TellOfMoney is Tell for viewers who see invoices.
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

// ofPerson returns those of the lines that a client or person has open themselves. It changes lines.
func ofPerson(lines []*line, id string) []*line {
	return slices.DeleteFunc(lines, func(l *line) bool { return l.auth != id })
}

// owners is the key of the owner's lines.
const owners = ""

// hub holds the open lines, by the client whose records they receive and by connection id.
type hub struct {
	mu    sync.RWMutex
	lines map[string]map[string]*line
	whose map[string]string // key in lines, by connection id
}

// set replaces the line of a connection; without auth or a subscription to the topic, it removes it.
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
		if IsOurs(name) {
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

// to returns the open lines of a client, or of the owner.
func (h *hub) to(who string) []*line {
	h.mu.RLock()
	defer h.mu.RUnlock()
	return slices.Collect(maps.Values(h.lines[who]))
}

// publish sends one change to the pages that it concerns.
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
	// For the client who had the record before, it is deleted.
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

// export returns a record's fields as its reader may see them, with times in RFC 3339.
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

// line is one connection that subscribes to the topic. A goroutine sends its messages in the order of the changes, and
// runs only while there are any, so that a writer never waits for a slow connection.
type line struct {
	connection subscriptions.Client
	names      []string
	auth       string
	noMoney    bool // belongs to a person who may not see invoices

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
		routine.FireAndForget(l.sendWaiting)
	}
}

// sendWaiting sends the waiting messages until there are none.
func (l *line) sendWaiting() {
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
