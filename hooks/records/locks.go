package records

import (
	"github.com/pocketbase/pocketbase/core"
)

// openedByHand is the comment written when the owner opens files that waited for a payment. It does not mention money,
// because people without access to invoices read the thread too.
const openedByHand = "The files were opened by hand."

// lock sets whether the files of a deliverable wait for its invoice. invoicePaid stores the id of the paid invoice, so
// naming another invoice locks the files again.
func (w Write) lock() {
	invoice := w.Record.GetString("invoice")
	w.Record.Set("locked", invoice != "" && invoice != w.Record.GetString("invoicePaid"))
}

// openings writes a comment into the deliverable's thread, in the same transaction, when the owner opens its files
// without the payment that they waited for.
func openings(app core.App) {
	AfterWrite(app, "deliverables", func(w Write) error {
		if w.Was == nil || !w.Was.GetBool("locked") || w.Record.GetString("invoice") != "" {
			return nil
		}
		comments, err := w.App.FindCachedCollectionByNameOrId("comments")
		if err != nil {
			return err
		}
		comment := core.NewRecord(comments)
		comment.Load(map[string]any{"deliverable": w.Record.Id, "isJames": true, "body": openedByHand})
		return w.App.Save(comment)
	})
}
