package doctor

import (
	"fmt"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/tools/types"

	"greenroom/pb_migrations"
)

// era is before the first release: a clock that shows an earlier time was never set.
var era = time.Date(2026, 1, 1, 0, 0, 0, 0, time.UTC)

// clockSlack is how far in the future a stored time may lie before the clock is reported.
const clockSlack = 5 * time.Minute

// clock checks whether the machine's time can be right, because sign-in codes, tokens and bookings depend on it.
func clock(p *patient) check {
	c := check{Name: "clock", State: ok, Say: "it is " + p.moment(p.now)}
	newest, what, err := p.newest()
	switch {
	case err != nil:
		c.State, c.Say, c.Do = fails, "the newest time in the database cannot be read: "+err.Error(), "Look at what the other checks say of the database"
	case p.now.Before(era):
		c.State, c.Say = fails, c.Say+", which is before Greenroom was made"
	case newest.After(p.now.Add(clockSlack)):
		c.State, c.Say = fails, fmt.Sprintf("%s, and the newest of %s is of %s, which is still to come", c.Say, what, p.moment(newest))
	}
	if c.State == fails && err == nil {
		c.Do = "Set the clock by the network: timedatectl set-ntp true"
	}
	return c
}

// newest returns the latest stored time, and the collection that has it.
func (p *patient) newest() (newest time.Time, what string, err error) {
	latest := func(db *dbx.DB, column, table string) error {
		var at types.DateTime
		if err := db.NewQuery("SELECT coalesce(max([[" + column + "]]), '') FROM {{" + table + "}}").Row(&at); err != nil {
			return err
		}
		if at.Time().After(newest) {
			newest, what = at.Time(), table
		}
		return nil
	}
	if p.data != nil {
		collections, err := p.collections()
		if err != nil {
			return newest, what, err
		}
		for _, c := range pb_migrations.Schema() {
			if collections[c.Name] == nil { // the check of the schema reports it
				continue
			}
			if err := latest(p.data, "updated", c.Name); err != nil {
				return newest, what, err
			}
		}
	}
	if p.logs != nil {
		err = latest(p.logs, "created", "_logs")
	}
	return newest, what, err
}
