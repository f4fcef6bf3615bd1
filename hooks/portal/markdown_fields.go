package portal

import (
	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/markdown"
)

// giveHTML adds the HTML of Markdown fields to PocketBase's own answers. The field is always there, and "" where the
// text is shown as it is, so that a program that merges an answer into an older record does not keep outdated HTML.
func giveHTML(app core.App) {
	for collection, field := range markdown.Fields {
		app.OnRecordEnrich(collection).BindFunc(func(e *core.RecordEnrichEvent) error {
			e.Record.WithCustomData(true)
			e.Record.Set(field+"Html", markdown.HTML(e.Record.GetString(field)))
			return e.Next()
		})
	}
}
