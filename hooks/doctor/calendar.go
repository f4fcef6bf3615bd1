package doctor

import (
	"strings"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/tools/types"
)

// longSilence is how long a calendar that is read every ten minutes may say nothing, as it says each hour that all is well.
const longSilence = 2 * time.Hour

// calendar tells whether the bookings are in step with Google's calendar.
func calendar(p *patient) check {
	if p.data == nil || len(p.config.GoogleCalendarIds) == 0 {
		return check{}
	}
	c := check{Name: "Google Calendar", State: ok}
	var rows []struct {
		Name          string         `db:"name"`
		LastSuccessAt types.DateTime `db:"lastSuccessAt"`
		LastError     string         `db:"lastError"`
	}
	err := p.data.Select("name", "lastSuccessAt", "lastError").From("integrations").
		Where(dbx.NewExp("name = 'calendar' OR name LIKE 'calendar:%'")).OrderBy("name").All(&rows)
	if err != nil {
		c.State, c.Say, c.Do = fails, err.Error(), "Look at what the other checks say of the database"
		return c
	}
	var last time.Time
	var troubles []string
	for _, r := range rows {
		if r.Name == "calendar" {
			last = r.LastSuccessAt.Time()
		}
		if r.LastError != "" {
			troubles = append(troubles, strings.TrimSuffix(r.LastError, "."))
		}
	}
	switch {
	case len(troubles) > 0:
		c.State, c.Say, c.Do = warning, strings.Join(troubles, "; "), "When it is mended, run greenroom calendar sync"
	case last.IsZero():
		c.State, c.Say, c.Do = warning, "it has never been read", "Start the server, or run greenroom calendar sync"
	case p.now.Sub(last) > longSilence:
		c.State, c.Say, c.Do = warning, "it was last read at "+last.UTC().Format(time.RFC3339), "Start the server, or run greenroom calendar sync"
	default:
		c.Say = "it was last read at " + last.UTC().Format(time.RFC3339)
	}
	return c
}
