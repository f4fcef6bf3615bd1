package doctor

import (
	"strings"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/tools/types"

	"greenroom/hooks/cli"
)

// note is what the server wrote down about a service, or about one thing of a service: a row of integrations.
type note struct {
	Name          string         `db:"name"`
	State         string         `db:"state"`
	Cursor        string         `db:"cursor"`
	LastSuccessAt types.DateTime `db:"lastSuccessAt"`
	LastError     string         `db:"lastError"`
}

// olderThan tells whether it is that long since all was well; never counts as long.
func (n note) olderThan(age time.Duration, now time.Time) bool {
	return n.LastSuccessAt.IsZero() || now.Sub(n.LastSuccessAt.Time()) > age
}

// notes gives what was written down about a service, by the name of the row, and the troubles in it.
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

// moment says a time as everywhere in the studio.
func (p *patient) moment(t time.Time) string {
	zone := p.config.Timezone
	if zone == nil { // a mistake in the configuration, said there
		zone = time.UTC
	}
	return cli.Moment(t, zone)
}
