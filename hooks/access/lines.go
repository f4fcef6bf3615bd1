package access

import (
	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/live"
)

const (
	// linesOfAddress limits the live connections that are open at the same time from one address, or one IPv6 network.
	// Each takes some memory, and is checked with each change.
	linesOfAddress = 4000
	// maxTopics limits how many of PocketBase's own topics one client subscribes to on all connections together. Each
	// costs a query with every change of its collection, for which the writer waits. The topic portal costs none.
	maxTopics = 200
	// maxNameBytes limits the total length of one connection's topics with their options, which stay in memory while it
	// is open.
	maxNameBytes = 32 << 10
)

// boundLines limits live connections and their topics, so that they neither delay other people's writes nor fill the
// server's memory.
func boundLines(app core.App, most int) {
	open := newGate(most)
	app.OnRealtimeConnectRequest().BindFunc(func(e *core.RealtimeConnectRequestEvent) error {
		leave, ok := open.enter(countedAs(e.RequestEvent))
		if !ok {
			e.Response.Header().Set("Retry-After", "60")
			return e.TooManyRequestsError("Too many live connections are open from your address. Close some, then try again.", nil)
		}
		defer leave()
		return e.Next()
	})
	app.OnRealtimeSubscribeRequest().BindFunc(func(e *core.RealtimeSubscribeRequestEvent) error {
		count, bytes := 0, 0
		for _, name := range e.Subscriptions {
			count += costs(name)
			bytes += len(name)
		}
		if bytes > maxNameBytes && !e.HasSuperuserAuth() {
			return e.BadRequestError("The topics of one connection are too long: up to 32 KB are taken together.", nil)
		}
		if e.Auth == nil || e.Auth.IsSuperuser() || count == 0 {
			return e.Next()
		}
		for id, line := range e.App.SubscriptionsBroker().Clients() {
			auth, _ := line.Get(apis.RealtimeClientAuthKey).(*core.Record)
			if auth == nil || auth.Id != e.Auth.Id || id == e.Client.Id() {
				continue
			}
			for name := range line.Subscriptions() {
				count += costs(name)
			}
		}
		if count > maxTopics {
			return e.TooManyRequestsError("You listen to many things at once already: up to 200 topics are taken. The topic portal tells of all that is yours.", nil)
		}
		return e.Next()
	})
}

// costs returns 1 for a topic that costs a query with each change, and 0 for others.
func costs(subscription string) int {
	if subscription == "" || live.IsOurs(subscription) {
		return 0
	}
	return 1
}
