package access

import (
	"net/url"

	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/hook"
)

// secretQuery is the key under which a request stores its hidden query.
const secretQuery = "access.secretQuery"

// HideQuery removes the query from the request's address before anything can refuse and thus log it: the query contains
// keys and signatures.
func HideQuery() *hook.Handler[*core.RequestEvent] {
	return &hook.Handler[*core.RequestEvent]{Priority: apis.DefaultActivityLoggerMiddlewarePriority - 1, Func: func(e *core.RequestEvent) error {
		e.Set(secretQuery, e.Request.URL.Query())
		e.Request.URL.RawQuery = ""
		return e.Next()
	}}
}

// SecretQuery returns the query that HideQuery removed.
func SecretQuery(e *core.RequestEvent) url.Values {
	query, _ := e.Get(secretQuery).(url.Values)
	return query
}
