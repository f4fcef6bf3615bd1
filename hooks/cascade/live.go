package cascade

import (
	"encoding/json"
	"fmt"
	"slices"
	"strings"

	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/picker"
	"github.com/pocketbase/pocketbase/tools/routine"
	"github.com/pocketbase/pocketbase/tools/search"
	"github.com/pocketbase/pocketbase/tools/subscriptions"
)

// listener is a live subscription in PocketBase's own topics, to a collection or to one of its records.
type listener struct {
	connection subscriptions.Client
	topic      string // with the options with which it was subscribed
	id         string // of the one record; empty for all
	rule       *string
	request    *core.RequestInfo
}

// hearing is what one listener is told of a cascade.
type hearing struct {
	listener
	collection *core.Collection
	ids        []string
}

// listenersTo returns the subscriptions to a collection.
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

// hasListeners reports whether anybody listens to a collection of the tree by its own topic.
func (c *cascade) hasListeners() bool {
	return slices.ContainsFunc(c.deepestFirst, func(collection *core.Collection) bool { return len(listenersTo(c.tx, collection)) > 0 })
}

// listen finds out who may see which record, with one or two queries for each listener and collection.
func (c *cascade) listen() error {
	for _, collection := range c.deepestFirst {
		if len(c.gone[collection]) == 0 {
			continue
		}
		for _, l := range listenersTo(c.tx, collection) {
			ids, err := l.mayHear(c.tx, collection, c.gone[collection])
			if err != nil {
				return fmt.Errorf("cascade: who may hear of %s: %w", collection.Name, err)
			}
			c.heard = append(c.heard, hearing{l, collection, ids})
		}
	}
	return nil
}

// mayHear returns those ids whose records the collection's rule and the listener's own filter let them see, deepest
// first.
func (l listener) mayHear(app core.App, collection *core.Collection, ids []string) (allowed []string, err error) {
	allowed = slices.Clone(ids)
	slices.Reverse(allowed)
	if l.id != "" {
		allowed = slices.DeleteFunc(allowed, func(id string) bool { return id != l.id })
	}
	owner := l.request.HasSuperuserAuth()
	if !owner {
		if allowed, err = passing(app, collection, *l.rule, l.request, true, allowed); err != nil {
			return nil, err
		}
	}
	// The listener's filter must not reveal hidden fields or other collections.
	filter := l.request.Query[search.FilterQueryParam]
	if !owner && (strings.Contains(filter, "@request.") || strings.Contains(filter, "@collection.")) {
		return nil, nil
	}
	return passing(app, collection, filter, l.request, owner, allowed)
}

// passing returns those ids whose records match a filter, in their order; none if the filter is invalid, as in
// PocketBase.
func passing(app core.App, collection *core.Collection, filter string, request *core.RequestInfo, withHidden bool, ids []string) ([]string, error) {
	if filter == "" || len(ids) == 0 {
		return ids, nil
	}
	query := app.RecordQuery(collection).Select("{{" + collection.Name + "}}.[[id]]").AndWhere(oneOf(collection.Name, "id", ids).expression())
	resolver := core.NewRecordFieldResolver(app, collection, request, withHidden)
	expression, err := search.FilterData(filter).BuildExpr(resolver)
	if err != nil {
		return nil, nil
	}
	query.AndWhere(expression)
	if err := resolver.UpdateQuery(query); err != nil {
		return nil, nil
	}
	var found []string
	if err := query.Column(&found); err != nil {
		return nil, err
	}
	passed := make(map[string]bool, len(found))
	for _, id := range found {
		passed[id] = true
	}
	return slices.DeleteFunc(slices.Clone(ids), func(id string) bool { return !passed[id] }), nil
}

// tell sends one message for each record in order, without waiting for the listener.
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
		var shown any = record
		if fields := h.request.Query["fields"]; fields != "" {
			if picked, err := picker.Pick(record, fields); err == nil {
				shown = picked
			}
		}
		data, err := json.Marshal(map[string]any{"action": "delete", "record": shown})
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
