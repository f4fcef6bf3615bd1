package records

import (
	"github.com/pocketbase/pocketbase/core"
)

// openedByHand is what the history says where the owner opened files that waited for a payment. It names no money:
// people who may not see any read the history too.
const openedByHand = "The files were opened by hand."

// lock says whether the deliverable's files wait for its invoice. Paid is an invoice, not a deliverable: under another
// invoice the files wait again.
func (w Write) lock() {
	invoice := w.Record.GetString("invoice")
	w.Record.Set("locked", invoice != "" && invoice != w.Record.GetString("invoicePaid"))
}

// openings writes into the thread of a deliverable, in the same transaction, that the owner opened its files without
// the payment that they waited for.
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
