package studio

import (
	"fmt"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/config"
	"greenroom/hooks/database"
	"greenroom/hooks/notify"
	"greenroom/hooks/people"
)

// clientDetails is the answer for a client's page.
type clientDetails struct {
	Client    *core.Record  `json:"client"` // with the fields that clients do not see
	Joined    bool          `json:"joined"`
	SignIn    string        `json:"signIn"` // clerk, code, or empty before the first sign-in
	Banned    bool          `json:"banned"` // banned at Clerk, so no sign-in is possible
	InvitedAt database.Time `json:"invitedAt"`
	Projects  []projectRow  `json:"projects"`
	Bookings  []booking     `json:"bookings"` // future meetings
}

type booking struct {
	Id        string        `db:"id" json:"id"`
	Title     string        `db:"title" json:"title"`
	StartTime database.Time `db:"startTime" json:"startTime"`
	EndTime   database.Time `db:"endTime" json:"endTime"`
	MeetURL   string        `db:"meetUrl" json:"meetUrl"`
	Note      string        `db:"note" json:"note"`
}

func clientPage(e *core.RequestEvent, now time.Time) (any, error) {
	client, err := e.App.FindRecordById("clients", e.Request.PathValue("id"))
	if err != nil {
		return nil, e.NotFoundError(notHere, err)
	}
	projects, err := projectRows(e.App, "m.client = {:client}", "p.client = {:client}", "", dbx.Params{"client": client.Id})
	if err != nil {
		return nil, err
	}
	bookings := []booking{}
	err = e.App.DB().NewQuery(`SELECT id, title, startTime, endTime, meetUrl, note FROM bookings
		WHERE client = {:client} AND cancelledAt = '' AND endTime > {:now} ORDER BY startTime, id LIMIT 20`).
		Bind(dbx.Params{"client": client.Id, "now": database.Stored(now)}).All(&bookings)
	if err != nil {
		return nil, fmt.Errorf("studio: list bookings of %s: %w", client.Id, err)
	}
	client.Unhide("stripeCustomerId").IgnoreEmailVisibility(true)
	return clientDetails{client, people.Joined(client), wayIn(client), client.GetBool("clerkBanned"), database.Time{DateTime: client.GetDateTime("invitedAt")}, projects, bookings}, nil
}

// wayIn returns how a client signs in.
func wayIn(client *core.Record) string {
	switch {
	case client.GetString("clerkId") != "":
		return "clerk"
	case people.Joined(client):
		return "code"
	}
	return "none"
}

func invite(e *core.RequestEvent, c config.Config, now time.Time) (any, error) {
	client, err := notify.Invite(e.App, c, e.Request.PathValue("id"), now)
	if err != nil {
		return nil, err
	}
	return map[string]any{"invitedAt": database.Time{DateTime: client.GetDateTime("invitedAt")}}, nil
}
