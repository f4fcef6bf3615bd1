package calendar

import (
	"database/sql"
	"errors"
	"net/http"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/router"
)

// bindSession serves POST /api/portal/bookings/{id}/session for the owner: it makes a session of a meeting that is
// over, and answers with it. The body may have {project, title, notes}; without a project the client's only active one
// is used. A repeated request is answered with the same session.
func bindSession(app core.App) {
	app.OnServe().BindFunc(func(e *core.ServeEvent) error {
		e.Router.POST("/api/portal/bookings/{id}/session", func(e *core.RequestEvent) error {
			var form sessionForm
			if err := e.BindBody(&form); err != nil {
				return e.BadRequestError("The request could not be read. Send JSON: {project, title, notes}, all of them optional.", err)
			}
			var session *core.Record
			err := e.App.RunInTransaction(func(tx core.App) (err error) {
				session, err = form.session(tx, e.Request.PathValue("id"), time.Now())
				return err
			})
			if err != nil {
				return err
			}
			if err := apis.EnrichRecord(e, session); err != nil {
				return err
			}
			return e.JSON(http.StatusOK, session)
		}).Bind(apis.RequireSuperuserAuth(), apis.BodyLimit(maxNotesBytes))
		return e.Next()
	})
}

// maxNotesBytes leaves room for the longest notes (100,000 characters) in the widest encoding.
const maxNotesBytes = 1 << 20

type sessionForm struct {
	Project string `json:"project" form:"project"`
	Title   string `json:"title" form:"title"`
	Notes   string `json:"notes" form:"notes"`
}

// session finds or creates the session of a booking. Its errors are API errors for the owner.
func (f sessionForm) session(tx core.App, bookingId string, now time.Time) (*core.Record, error) {
	booking, err := tx.FindRecordById("bookings", bookingId)
	if err != nil {
		return nil, router.NewNotFoundError("There is no such booking.", err)
	}
	if !booking.GetDateTime("cancelledAt").IsZero() {
		return nil, router.NewBadRequestError("This meeting was cancelled, so there is no session to make of it.", nil)
	}
	if booking.GetDateTime("endTime").Time().After(now) {
		return nil, router.NewBadRequestError("This meeting is not over yet. Make the session when it is.", nil)
	}
	made, err := tx.FindFirstRecordByFilter("sessions", "client = {:client} && (calendarEventId = {:booking} || calendarEventId = {:event})",
		dbx.Params{"client": booking.GetString("client"), "booking": booking.GetString("calendarEventId"), "event": eventId(booking)})
	if !errors.Is(err, sql.ErrNoRows) {
		return made, err
	}
	project, err := f.project(tx, booking.GetString("client"))
	if err != nil {
		return nil, err
	}
	sessions, err := tx.FindCachedCollectionByNameOrId("sessions")
	if err != nil {
		return nil, err
	}
	session := core.NewRecord(sessions)
	session.Set("project", project)
	session.Set("title", booking.GetString("title"))
	session.Set("date", booking.GetDateTime("startTime"))
	session.Set("calendarEventId", booking.GetString("calendarEventId")) // from which the session's hooks set durationMin
	session.Set("notes", f.Notes)
	if f.Title != "" {
		session.Set("title", f.Title)
	}
	return session, tx.Save(session)
}

// project returns the id of the project that was asked for, if it is the client's, or else of their only active one.
func (f sessionForm) project(tx core.App, client string) (string, error) {
	of := dbx.HashExp{"client": client, "status": "ACTIVE"}
	if f.Project != "" {
		of = dbx.HashExp{"client": client, "id": f.Project}
	}
	found, err := tx.FindAllRecords("projects", of)
	switch {
	case err != nil:
		return "", err
	case len(found) == 1:
		return found[0].Id, nil
	case f.Project != "":
		return "", router.NewBadRequestError("This client has no such project.", nil)
	}
	return "", router.NewBadRequestError("This client has more or fewer than one active project: say which one, {\"project\": its id}.", nil)
}
