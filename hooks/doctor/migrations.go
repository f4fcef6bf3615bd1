package doctor

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/durable"
)

// migrations looks whether the database is the one that this release works with.
func migrations(p *patient) check {
	if p.data == nil {
		return check{}
	}
	c := check{Name: "migrations", State: ok}
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
	if !slices.ContainsFunc(core.AppMigrations.Items(), isApplied) {
		c.State, c.Say, c.Do = warning, "there is no studio in the database yet: it is made when the server first starts", "Start it: greenroom serve"
		_ = p.data.Close() // it was only read
		p.data = nil
	}
	return c
}
