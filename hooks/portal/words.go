package portal

import (
	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/markdown"
)

// giveHTML adds to PocketBase's own answers what people wrote as HTML: always there, and empty where the words are to
// be shown as they are, so that a program that lays an answer over what it knew keeps nothing of older words.
func giveHTML(app core.App) {
	for collection, field := range markdown.Fields {
		app.OnRecordEnrich(collection).BindFunc(func(e *core.RecordEnrichEvent) error {
			e.Record.WithCustomData(true)
			e.Record.Set(field+"Html", markdown.HTML(e.Record.GetString(field)))
			return e.Next()
		})
	}
}
