package cascade

import (
	"encoding/json"
	"strings"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/routine"
	"github.com/pocketbase/pocketbase/tools/search"
	"github.com/pocketbase/pocketbase/tools/subscriptions"
)

// listener is one live subscription to a collection, or to one record of it, in PocketBase's own topics.
type listener struct {
	connection subscriptions.Client
	topic      string // as it was subscribed, options included
	id         string // of the one record; empty for all
	rule       *string
	request    *core.RequestInfo
}

// hearing is what one listener hears of a cascade.
type hearing struct {
	listener
	collection *core.Collection
	ids        []string
}

// listenersTo finds who listens to a collection.
func listenersTo(app core.App, collection *core.Collection) (out []listener) {
	for _, connection := range app.SubscriptionsBroker().Clients() {
		auth, _ := connection.Get(apis.RealtimeClientAuthKey).(*core.Record)
		for topic, options := range connection.Subscriptions(collection.Name+"/", collection.Id+"/", collection.Name+"?", collection.Id+"?") {
			l := listener{connection: connection, topic: topic, rule: collection.ListRule, request: &core.RequestInfo{
				Context: core.RequestInfoContextRealtime, Method: "GET", Query: options.Query, Headers: options.Headers, Auth: auth}}
			path, _, _ := strings.Cut(topic, "?")
			if _, id, _ := strings.Cut(path, "/"); id != "" && id != "*" {
				l.id, l.rule = id, collection.ViewRule
			}
			if l.rule != nil || l.request.HasSuperuserAuth() {
				out = append(out, l)
			}
		}
	}
	return out
}

// mayHear gives the ids of the records under the condition that the listener may see, with one query for all of them.
func (l listener) mayHear(app core.App, collection *core.Collection, condition condition) (ids []string, err error) {
	query := app.RecordQuery(collection).Select("{{" + collection.Name + "}}.[[id]]").AndWhere(condition.expression())
	if l.id != "" {
		query.AndWhere(dbx.HashExp{collection.Name + ".id": l.id})
	}
	filters := []string{l.request.Query[search.FilterQueryParam]}
	if !l.request.HasSuperuserAuth() {
		filters = append(filters, *l.rule)
	}
	for i, filter := range filters {
		if filter == "" {
			continue
		}
		mayUseHidden := i > 0 || l.request.HasSuperuserAuth() // the rule may, a subscriber's own filter may not
		resolver := core.NewRecordFieldResolver(app, collection, l.request, mayUseHidden)
		expression, err := search.FilterData(filter).BuildExpr(resolver)
		if err != nil {
			return nil, nil // a filter that PocketBase would not answer either
		}
		query.AndWhere(expression)
		if err := resolver.UpdateQuery(query); err != nil {
			return nil, err
		}
	}
	err = query.Column(&ids)
	return ids, err
}

// tell sends one message for each record, in order, without waiting for the listener.
func (h hearing) tell(app core.App, c *cascade) {
	messages := make([]subscriptions.Message, 0, len(h.ids))
	for _, id := range h.ids {
		record := c.record(h.collection, id).Fresh()
		if h.request.HasSuperuserAuth() {
			record.Unhide(h.collection.Fields.FieldNames()...)
		}
		event := new(core.RecordEnrichEvent)
		event.App, event.RequestInfo, event.Record = app, h.request, record
		if err := app.OnRecordEnrich().Trigger(event); err != nil {
			continue
		}
		data, err := json.Marshal(map[string]any{"action": "delete", "record": record})
		if err != nil {
			continue
		}
		messages = append(messages, subscriptions.Message{Name: h.topic, Data: data})
	}
	routine.FireAndForget(func() {
		for _, message := range messages {
			h.connection.Send(message)
		}
	})
}
