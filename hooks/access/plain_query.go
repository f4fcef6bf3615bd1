package access

import (
	"net/url"
	"strings"

	validation "github.com/pocketbase/ozzo-validation/v4"
	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/hook"
	"github.com/pocketbase/pocketbase/tools/router"
	"github.com/pocketbase/pocketbase/tools/subscriptions"
)

// boundExpressions limits the filter, sort and expand of clients to the collection's own fields and forward relations:
// in the query of any request, in each request of a batch, and in the options of a live subscription, which are
// evaluated again with each change that anybody writes.
func boundExpressions(app core.App) {
	app.OnServe().BindFunc(func(se *core.ServeEvent) error {
		se.Router.Bind(&hook.Handler[*core.RequestEvent]{
			Id:       "greenroomPlainQuery",
			Priority: apis.DefaultBodyLimitMiddlewarePriority + 1,
			Func: func(e *core.RequestEvent) error {
				if e.HasSuperuserAuth() {
					return e.Next()
				}
				query := e.Request.URL.Query()
				if e.Request.Pattern != listPattern { // no other route has a filter or sort
					query = url.Values{"expand": query["expand"]}
				}
				if err := plainQuery(query); err != nil {
					return err
				}
				return e.Next()
			},
		})
		return se.Next()
	})
	app.OnBatchRequest().BindFunc(func(e *core.BatchRequestEvent) error {
		if e.HasSuperuserAuth() {
			return e.Next()
		}
		for _, inner := range e.Batch {
			_, raw, _ := strings.Cut(inner.URL, "?")
			query, _ := url.ParseQuery(raw) // as much of it as PocketBase reads
			if err := plainQuery(url.Values{"expand": query["expand"]}); err != nil {
				return err
			}
		}
		return e.Next()
	})
	app.OnRealtimeSubscribeRequest().BindFunc(func(e *core.RealtimeSubscribeRequestEvent) error {
		if e.HasSuperuserAuth() {
			return e.Next()
		}
		probe := subscriptions.NewDefaultClient() // reads the options as the real one will
		probe.Subscribe(e.Subscriptions...)
		for _, options := range probe.Subscriptions() {
			if err := plainQuery(url.Values{"filter": {options.Query["filter"]}, "expand": {options.Query["expand"]}}); err != nil {
				return err
			}
		}
		return e.Next()
	})
}

// plainQuery refuses a filter or sort that reads other collections backwards (_via_) or freely (@collection), and an
// expand that follows a relation forwards and then back, which multiplies few records into millions.
func plainQuery(query url.Values) error {
	for _, name := range []string{"filter", "sort"} {
		for _, text := range query[name] {
			text = strings.ToLower(withoutLiterals(text))
			for _, word := range []string{"_via_", "@collection"} {
				if strings.Contains(text, word) {
					return refuseQuery(name, "The "+name+" may use the collection's own fields and its relations, not "+word+". Ask for the other collection by itself.")
				}
			}
		}
	}
	for _, text := range query["expand"] {
		text = strings.ReplaceAll(text, " ", "") // as PocketBase does
		for path := range strings.SplitSeq(text, ",") {
			up := false
			for hop := range strings.SplitSeq(path, ".") {
				if back := strings.Contains(hop, "_via_") || strings.Contains(hop, "("); back && up {
					return refuseQuery("expand", "An expand may follow _via_ from the records that are asked for, not from what they point to. Ask for the other collection by itself.")
				} else if !back {
					up = true
				}
			}
		}
	}
	return nil
}

func refuseQuery(parameter, sentence string) error {
	return router.NewBadRequestError(sentence, validation.Errors{parameter: validation.NewError("validation_not_allowed", sentence)})
}

// withoutLiterals removes quoted texts and comments from a filter, because words in them are only data.
func withoutLiterals(text string) string {
	var out strings.Builder
	for i := 0; i < len(text); i++ {
		switch c := text[i]; {
		case c == '\'' || c == '"':
			end := endOfLiteral(text, i)
			if end < 0 {
				return text // an unclosed quote is no valid filter, so all of it is checked
			}
			i = end
		case c == '/' && strings.HasPrefix(text[i:], "//"):
			line := strings.IndexByte(text[i:], '\n')
			if line < 0 {
				return out.String()
			}
			i += line
		default:
			out.WriteByte(c)
		}
	}
	return out.String()
}

// endOfLiteral returns the index of the quote that closes the literal beginning at i, or -1.
func endOfLiteral(text string, i int) int {
	for j := i + 1; j < len(text); j++ {
		switch text[j] {
		case '\\':
			j++
		case text[i]:
			return j
		}
	}
	return -1
}
