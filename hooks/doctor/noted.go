package doctor

import (
	"strings"
	"time"

	"greenroom/hooks/phrases"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/tools/types"
)

// note is a row of integrations: what the server has stored about a service, or about one thing of it.
type note struct {
	Name          string         `db:"name"`
	State         string         `db:"state"`
	Cursor        string         `db:"cursor"`
	LastSuccessAt types.DateTime `db:"lastSuccessAt"`
	LastError     string         `db:"lastError"`
}

// olderThan reports whether the last success is older than the age. A service that never succeeded is.
func (n note) olderThan(age time.Duration, now time.Time) bool {
	return n.LastSuccessAt.IsZero() || now.Sub(n.LastSuccessAt.Time()) > age
}

// notes returns the rows of a service by name, and the problems in them.
func (p *patient) notes(service string) (byName map[string]note, troubles []string, err error) {
	var rows []note
	err = p.data.Select("name", "state", "cursor", "lastSuccessAt", "lastError").From("integrations").
		Where(dbx.NewExp("name = {:service} OR name LIKE {:things}", dbx.Params{"service": service, "things": service + ":%"})).OrderBy("name").All(&rows)
	byName = map[string]note{}
	for _, row := range rows {
		byName[row.Name] = row
		if row.LastError != "" {
			troubles = append(troubles, strings.TrimSuffix(row.LastError, "."))
		}
	}
	return byName, troubles, err
}

// moment formats a time in the studio's zone.
func (p *patient) moment(t time.Time) string {
	zone := p.config.Timezone
	if zone == nil { // the check of the configuration reports it
		zone = time.UTC
	}
	return phrases.Moment(t, zone)
}
