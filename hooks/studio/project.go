package studio

import (
	"encoding/json"
	"errors"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/pocketbase/dbx"
	validation "github.com/pocketbase/ozzo-validation/v4"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/router"

	"greenroom/hooks/database"
	"greenroom/hooks/people"
	"greenroom/hooks/portal"
)

// notHere is the answer for a record that does not exist.
const notHere = "There is no such page. It may have been deleted."

// projectPage returns what the client's page has, with the client and the meetings of which a session can be made.
func projectPage(e *core.RequestEvent, pages *portal.Reader, now time.Time) (any, error) {
	project, err := e.App.FindRecordById("projects", e.Request.PathValue("id"))
	if err != nil {
		return nil, e.NotFoundError(notHere, err)
	}
	client, err := e.App.FindRecordById("clients", project.GetString("client"))
	if err != nil {
		return nil, e.NotFoundError(notHere, err)
	}
	page, err := pages.Project(e.Request.Context(), project)
	if err != nil {
		return nil, err
	}
	if len(page) == 0 { // the project moved to another client in the meantime
		return nil, e.NotFoundError(notHere, errors.New("project "+project.Id+" changed hands while it was read"))
	}
	meetings, err := recentMeetings(e.App, client.Id, now)
	if err != nil {
		return nil, err
	}
	more, err := json.Marshal(map[string]any{"client": briefly(client), "bookings": meetings})
	if err != nil {
		return nil, err
	}
	page[len(page)-1] = ',' // joins two JSON objects into one
	return json.RawMessage(append(page, more[1:]...)), nil
}

func briefly(client *core.Record) map[string]any {
	return map[string]any{"id": client.Id, "name": client.GetString("name"), "email": client.Email(),
		"archivedAt": database.Time{DateTime: client.GetDateTime("archivedAt")}, "joined": people.Joined(client)}
}

// meeting is a booking with the id of its session; "" if there is none.
type meeting struct {
	Id              string        `db:"id" json:"id"`
	CalendarEventId string        `db:"calendarEventId" json:"calendarEventId"`
	Title           string        `db:"title" json:"title"`
	StartTime       database.Time `db:"startTime" json:"startTime"`
	EndTime         database.Time `db:"endTime" json:"endTime"`
	Session         string        `db:"session" json:"session"`
}

const selectMeetings = `SELECT b.id, b.calendarEventId, b.title, b.startTime, b.endTime,
	coalesce((SELECT s.id FROM sessions s WHERE s.client = b.client AND s.calendarEventId = b.calendarEventId LIMIT 1), '') AS session
	FROM bookings b WHERE b.client = {:client} AND b.cancelledAt = '' AND b.startTime > {:since} AND b.startTime < {:until}
	ORDER BY b.startTime DESC, b.id LIMIT 100`

// recentMeetings returns the meetings of the last 30 and the next 7 days.
func recentMeetings(app core.App, clientId string, now time.Time) ([]meeting, error) {
	rows := []meeting{}
	err := app.DB().NewQuery(selectMeetings).Bind(dbx.Params{"client": clientId, "since": database.Stored(now.AddDate(0, 0, -30)),
		"until": database.Stored(now.AddDate(0, 0, 7))}).All(&rows)
	if err != nil {
		return nil, fmt.Errorf("studio: list meetings of %s: %w", clientId, err)
	}
	return rows, nil
}

// NewProject is the content of a new project.
type NewProject struct {
	Id          string   `json:"id"` // optional; chosen by the caller, so that a repeated request finds the first project
	Client      string   `json:"client"`
	Title       string   `json:"title"`
	Description string   `json:"description"`
	ServiceType string   `json:"serviceType"`
	DueDate     string   `json:"dueDate"`
	Milestones  []string `json:"milestones"` // titles in order
}

const maxMilestones = 100

// AddProject makes a project with its milestones in one transaction.
func AddProject(app core.App, n NewProject) (project *core.Record, err error) {
	titles := slices.DeleteFunc(slices.Clone(n.Milestones), func(title string) bool { return strings.TrimSpace(title) == "" })
	if len(titles) > maxMilestones {
		return nil, router.NewBadRequestError(fmt.Sprintf("A project can begin with %d milestones at most; add the others later.", maxMilestones), nil)
	}
	err = app.RunInTransaction(func(tx core.App) error {
		if project = madeBefore(tx, n); project != nil {
			return nil
		}
		project, err = save(tx, "projects", map[string]any{"id": n.Id, "client": n.Client, "title": n.Title, "description": n.Description,
			"serviceType": n.ServiceType, "dueDate": n.DueDate})
		if err != nil {
			return err
		}
		for i, title := range titles {
			_, err := save(tx, "milestones", map[string]any{"project": project.Id, "title": title, "sortOrder": i + 1})
			if err != nil {
				return atMilestones(title, err)
			}
		}
		return nil
	})
	return project, err
}

// madeBefore returns the project of an earlier request whose answer was lost; nil if there is none.
func madeBefore(tx core.App, n NewProject) *core.Record {
	if n.Id == "" {
		return nil
	}
	project, err := tx.FindRecordById("projects", n.Id)
	if err != nil || project.GetString("client") != n.Client || project.GetString("title") != strings.TrimSpace(n.Title) {
		return nil // saving reports the error of the id
	}
	return project
}

// atMilestones turns an error of one milestone into one of the form's field for all milestones.
func atMilestones(title string, err error) error {
	var fields validation.Errors
	var answer *router.ApiError
	why := ""
	switch {
	case errors.As(err, &answer) && answer.Status == http.StatusBadRequest:
		why = answer.Message
	case errors.As(err, &fields) && fields["title"] != nil:
		why = "Its title " + fields["title"].Error() + "."
	default:
		return err
	}
	sentence := fmt.Sprintf("“%s” cannot be a milestone. %s", people.OneLine(title, 40), why)
	return validation.Errors{"milestones": validation.NewError("validation_milestone", sentence)}
}

func save(tx core.App, collection string, fields map[string]any) (*core.Record, error) {
	c, err := tx.FindCachedCollectionByNameOrId(collection)
	if err != nil {
		return nil, err
	}
	record := core.NewRecord(c)
	record.Load(fields)
	return record, tx.Save(record)
}

func addProject(e *core.RequestEvent) error {
	var n NewProject
	if err := e.BindBody(&n); err != nil {
		return e.BadRequestError("The project could not be read. Send it as JSON.", err)
	}
	project, err := AddProject(e.App, n)
	if err != nil {
		return refusal(e, err)
	}
	return e.JSON(http.StatusOK, project)
}

// orderMilestones sets the order of a project's milestones. The ids of all of them have to be sent, each once.
func orderMilestones(e *core.RequestEvent) error {
	var body struct {
		Milestones []string `json:"milestones"`
	}
	if err := e.BindBody(&body); err != nil {
		return e.BadRequestError("The order could not be read. Send the ids of all milestones as JSON.", err)
	}
	project := e.Request.PathValue("id")
	err := e.App.RunInTransaction(func(tx core.App) error {
		records, err := tx.FindRecordsByFilter("milestones", "project = {:project}", "sortOrder,created", 0, 0, dbx.Params{"project": project})
		if err != nil {
			return err
		}
		byId := map[string]*core.Record{}
		for _, record := range records {
			byId[record.Id] = record
		}
		if len(byId) != len(body.Milestones) {
			return errOtherMilestones
		}
		for i, id := range body.Milestones {
			record := byId[id]
			if record == nil {
				return errOtherMilestones
			}
			delete(byId, id) // an id may occur once
			if place := i + 1; record.GetInt("sortOrder") != place {
				record.Set("sortOrder", place)
				if err := tx.Save(record); err != nil {
					return err
				}
			}
		}
		return nil
	})
	if err != nil {
		return refusal(e, err)
	}
	return e.NoContent(http.StatusNoContent)
}

var errOtherMilestones = router.NewApiError(http.StatusConflict, "The milestones have changed in the meantime. Look at them again, then move this one.", nil)

// refusal turns an error into an answer: PocketBase's own for refused input, else a plain sentence.
func refusal(e *core.RequestEvent, err error) error {
	var answer *router.ApiError
	var fields validation.Errors
	switch {
	case errors.As(err, &answer):
		return answer
	case errors.As(err, &fields):
		return e.BadRequestError("Some fields have to be changed before this can be saved.", fields)
	}
	return e.InternalServerError("This could not be done just now. Nothing was changed; try again in a moment.", err)
}
