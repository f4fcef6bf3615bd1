package doctor

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/durable"
	"greenroom/pb_migrations"
)

// migrations checks whether the database has the migrations of this release and no newer ones.
func migrations(p *patient) check {
	if p.data == nil {
		return check{}
	}
	c := check{Name: "migrations", State: ok}
	tables, err := p.tables()
	if err != nil {
		return unreadable("migrations", err)
	}
	if len(tables) == 0 {
		return p.noStudio(c)
	}
	var applied []string
	if err := p.data.Select("file").From(core.DefaultMigrationsTable).Column(&applied); err != nil {
		c.State, c.Say, c.Do = fails, "they cannot be read: "+err.Error(), "Start the server, which makes the database whole, or restore the newest backup"
		return c
	}
	isApplied := func(m *core.Migration) bool { return slices.Contains(applied, m.File) }
	known := slices.Concat(core.SystemMigrations.Items(), core.AppMigrations.Items())
	missing := slices.DeleteFunc(slices.Clone(known), isApplied)
	c.Say = fmt.Sprintf("all %d are applied", len(known))
	if len(missing) > 0 {
		p.behind = true
		names := make([]string, len(missing))
		for i, m := range missing {
			names[i] = m.File
		}
		c.State, c.Say, c.Do = fails, "not applied: "+strings.Join(names, ", "), "Start the server again, which keeps a copy of the database and applies them"
	}
	if newer := durable.NewerMigrations(applied); len(newer) > 0 {
		c.State, c.Say, c.Do = fails, "a newer release has changed the database: "+strings.Join(newer, ", "), durable.NewerSentence
		return c
	}
	if slices.ContainsFunc(core.AppMigrations.Items(), isApplied) {
		return c
	}
	for _, ours := range ourTables() {
		if slices.Contains(tables, ours) {
			c.State, c.Say = fails, "the database has a table "+ours+", and nothing tells which release made it"
			c.Do = "If it is another program's, say with --dir where the studio is; else restore the newest backup"
			p.leave()
			return c
		}
	}
	return p.noStudio(c)
}

// noStudio is the finding for a database that is not one of Greenroom's.
func (p *patient) noStudio(c check) check {
	c.State, c.Say, c.Do = warning, "there is no studio in the database yet: it is made when the server first starts", "Start it: greenroom serve"
	if p.hasBackups() {
		c.State, c.Say, c.Do = fails, "there is no studio in the database, and there are backups of one", "Do not start the server; restore the newest: greenroom restore --to a new directory"
	}
	p.leave()
	return c
}

// leave makes the following checks skip a database without a studio.
func (p *patient) leave() {
	_ = p.data.Close() // it was only read
	p.data = nil
}

func (p *patient) tables() (names []string, err error) {
	err = p.data.NewQuery("SELECT name FROM sqlite_master WHERE type = 'table'").Column(&names)
	return names, err
}

// ourTables returns the names of Greenroom's collections.
func ourTables() (names []string) {
	for _, c := range pb_migrations.Schema() {
		names = append(names, c.Name)
	}
	return names
}
