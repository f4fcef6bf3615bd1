package doctor

import (
	"fmt"
	"slices"
	"strings"

	"github.com/pocketbase/pocketbase/core"
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
	var missing []string
	known := slices.Concat(core.SystemMigrations.Items(), core.AppMigrations.Items())
	for _, m := range known {
		if !slices.Contains(applied, m.File) {
			missing = append(missing, m.File)
		}
	}
	c.Say = fmt.Sprintf("all %d are applied", len(known))
	if len(missing) > 0 {
		c.State, c.Say, c.Do = fails, "not applied: "+strings.Join(missing, ", "), "Start the server again, which applies them, or run: greenroom migrate up"
	}
	return c
}
