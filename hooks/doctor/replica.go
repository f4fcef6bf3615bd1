package doctor

import (
	"fmt"
	"strings"
	"time"

	"github.com/pocketbase/dbx"
)

const (
	backupAge = 48 * time.Hour // one night may be missed
	drillAge  = 72 * time.Hour
)

// durableRows are what the server wrote down about the copies of its data, by name.
func (p *patient) durableRows() (map[string]durableRow, error) {
	var rows []durableRow
	err := p.data.Select("name", "state", "cursor", "lastSuccessAt", "lastError").From("integrations").
		Where(dbx.In("name", "durable", "durable:backup", "durable:drill")).All(&rows)
	byName := map[string]durableRow{}
	for _, row := range rows {
		byName[row.Name] = row
	}
	return byName, err
}

type durableRow struct {
	Name          string `db:"name"`
	State         string `db:"state"`
	Cursor        string `db:"cursor"`
	LastSuccessAt string `db:"lastSuccessAt"`
	LastError     string `db:"lastError"`
}

// olderThan tells whether it is that long since all was well; never counts as long.
func (r durableRow) olderThan(age time.Duration, now time.Time) bool {
	at, err := time.Parse("2006-01-02 15:04:05.000Z", r.LastSuccessAt)
	return err != nil || now.Sub(at) > age
}

// replica tells how far the copy on another machine is, and whether it was tried.
func replica(p *patient) check {
	if p.data == nil || p.config.ReplicaURL == nil {
		return check{}
	}
	c := check{Name: "replica", State: ok}
	rows, err := p.durableRows()
	row, drill := rows["durable"], rows["durable:drill"]
	switch {
	case err != nil:
		c.State, c.Say, c.Do = fails, err.Error(), "Look at what the other checks say of the database"
	case row.State == "":
		c.State, c.Say, c.Do = warning, "nothing was uploaded yet", "Start the server, and look here again in a minute"
	case row.State != ok:
		c.State, c.Say = fails, strings.TrimSuffix(row.LastError, ".")
		c.Do = "Look at REPLICA_URL, REPLICA_ENDPOINT and the two keys, and whether this machine's clock is right"
	case drill.State != "" && drill.State != ok:
		c.State, c.Say, c.Do = fails, strings.TrimSuffix(drill.LastError, "."), "Try it by hand: greenroom restore --to a new directory"
	case drill.State != "" && drill.olderThan(drillAge, p.now):
		c.State, c.Say, c.Do = warning, "the last restore drill was at "+drill.LastSuccessAt, "Let the server run at 04:30 UTC, when it drills"
	default:
		c.Say = strings.TrimSuffix(row.Cursor, ".")
	}
	return c
}

// backups tells whether the last backup was made and could be opened.
func backups(p *patient) check {
	if p.data == nil {
		return check{}
	}
	c := check{Name: "backups", State: ok}
	rows, err := p.durableRows()
	row := rows["durable:backup"]
	switch {
	case err != nil:
		c.State, c.Say, c.Do = fails, err.Error(), "Look at what the other checks say of the database"
	case row.State == "":
		c.Say = "none was made yet; the server makes one each night at 03:30 UTC"
	case row.State != ok:
		c.State, c.Say, c.Do = fails, "the last one failed", "Look whether the disk is full, then run: greenroom backup"
	case row.olderThan(backupAge, p.now):
		c.State, c.Say, c.Do = warning, "the last one was made at "+row.LastSuccessAt, "Let the server run at 03:30 UTC, or run: greenroom backup"
	default:
		c.Say = fmt.Sprintf("the last one was made and opened at %s", row.LastSuccessAt)
	}
	return c
}
