package records

import (
	"net/http"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/router"

	"greenroom/hooks/people"
)

const (
	inProgress = "IN_PROGRESS"
	delivered  = "DELIVERED"
	approved   = "APPROVED"
)

// deliverables binds the rules of deliverables, the results that the owner hands over. A client can approve one that is
// DELIVERED, or ask for changes, which sets it to IN_PROGRESS; the owner may set any status. The status DELIVERED or
// APPROVED sets its time; leaving APPROVED clears approvedAt.
func deliverables(app core.App) {
	defaultTo(app, "deliverables", "status", always("PENDING"))
	oneLine(app, "deliverables", "title")
	visible(app, "deliverables", "title")
	clientMay(app, "deliverables", "status", "feedback", "attachment")
	ignoreSeenVersion(app)
	serverSets(app, "deliverables", "deliveredAt", "approvedAt", "locked", "invoicePaid")
	onWrite(app, "deliverables", func(w Write) error {
		if w.client != nil {
			if err := w.clientVerdict(); err != nil {
				return err
			}
		}
		if w.Was != nil && w.Changed("attachment") && w.Record.GetString("attachment") != "" && w.Was.GetString("status") == approved && !w.Changed("status") {
			w.Record.Set("status", delivered) // the client approved the earlier file
		}
		if w.Enters("status", delivered) && !w.Changed("deliveredAt") {
			w.Record.Set("deliveredAt", now())
		}
		if w.Enters("status", approved) && !w.Changed("approvedAt") {
			w.Record.Set("approvedAt", now())
		}
		if w.Record.GetString("status") != approved {
			w.Record.Set("approvedAt", "")
		}
		if err := w.staysInProject("attachment"); err != nil {
			return err
		}
		if err := w.currentIsOwn(); err != nil {
			return err
		}
		if err := w.staysInProject("preview"); err != nil {
			return err
		}
		w.lock()
		return w.inherit("project")
	})
	rounds(app)
	openings(app)
}

// clientVerdict allows a client's update if it approves, if it asks for changes with a reason, or if it repeats the
// present state, as a second press of the same button does.
func (w Write) clientVerdict() error {
	if seen, said := w.client.body["attachment"]; said && seen != w.Was.GetString("attachment") && !(seen == nil && w.Was.GetString("attachment") == "") {
		return router.NewApiError(http.StatusConflict, "A newer version has arrived. Look at it first.", nil)
	}
	if !w.Changed("status") && !w.Changed("feedback") {
		return nil
	}
	from, to := w.Was.GetString("status"), w.Record.GetString("status")
	if from != delivered {
		return refuse("status", "You can approve a deliverable or ask for changes while it is DELIVERED. This one is "+from+".")
	}
	feedback, _ := w.client.body["feedback"].(string)
	switch {
	case to == approved && !w.Changed("feedback"):
		return nil
	case to == inProgress && people.Visible(feedback):
		return nil
	case to == inProgress:
		return refuse("feedback", "Say in feedback what should change.")
	}
	return refuse("status", "You can set status to APPROVED, or to IN_PROGRESS together with feedback that says what should change.")
}

// stayWithDeliverable refuses to move files away from a deliverable that holds one of them. held selects that
// deliverable.
func stayWithDeliverable(app core.App, held dbx.Expression) error {
	var title string
	err := app.DB().Select("title").From("deliverables").Where(held).Limit(1).Row(&title)
	if err == nil {
		return refuse("project", "The deliverable “"+title+"” holds the file. Take it off there first.")
	}
	return ignoreNoRows(err)
}
