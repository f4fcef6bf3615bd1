package access

import (
	"net/url"

	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/hook"
)

// secretQuery is where the query of an address waits that is a secret.
const secretQuery = "access.secretQuery"

// HideQuery takes the query off the address before anything else can refuse the request: keys and signatures stand in
// it, and refusals are logged with their address.
func HideQuery() *hook.Handler[*core.RequestEvent] {
	return &hook.Handler[*core.RequestEvent]{Priority: apis.DefaultActivityLoggerMiddlewarePriority - 1, Func: func(e *core.RequestEvent) error {
		e.Set(secretQuery, e.Request.URL.Query())
		e.Request.URL.RawQuery = ""
		return e.Next()
	}}
}

// SecretQuery is the query that HideQuery took away.
func SecretQuery(e *core.RequestEvent) url.Values {
	query, _ := e.Get(secretQuery).(url.Values)
	return query
}
