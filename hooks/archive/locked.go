package archive

import (
	"context"
	"fmt"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/locks"
)

// locked gives the files of a project that open only when an invoice is paid, by their ids. They are named in an
// archive, and not part of it, whoever asks: the owner may well hand it on. Payments that nobody has told of yet are
// asked about first.
func locked(ctx context.Context, app core.App, project string) (map[string]bool, error) {
	var waiting []string
	where := dbx.HashExp{"project": project, "locked": true}
	if err := app.DB().Select("id").From("deliverables").Where(where).OrderBy("created", "rowid").Column(&waiting); err != nil {
		return nil, fmt.Errorf("archive: find what is locked: %w", err)
	}
	for _, deliverable := range waiting {
		if _, err := locks.Ask(ctx, app, deliverable); err != nil {
			break // a Stripe that cannot be asked about one cannot be asked about the others
		}
	}
	var ids []string
	err := app.DB().NewQuery("SELECT a.id FROM attachments a WHERE a.project = {:project} AND a.deliverable != '' AND NOT (" + locks.Open + ")").
		Bind(dbx.Params{"project": project}).Column(&ids)
	if err != nil {
		return nil, fmt.Errorf("archive: find which files are locked: %w", err)
	}
	shut := map[string]bool{}
	for _, id := range ids {
		shut[id] = true
	}
	return shut, nil
}
