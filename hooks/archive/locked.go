package archive

import (
	"context"
	"fmt"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/locks"
)

// locked returns the ids of a project's files that open when an invoice is paid. An archive names them and never
// contains them, even for the owner, who may pass the archive on. Stripe is asked first about payments of which no
// event has come.
func locked(ctx context.Context, app core.App, project string) (map[string]bool, error) {
	var waiting []string
	where := dbx.HashExp{"project": project, "locked": true}
	if err := app.DB().Select("id").From("deliverables").Where(where).OrderBy("created", "rowid").Column(&waiting); err != nil {
		return nil, fmt.Errorf("archive: find what is locked: %w", err)
	}
	for _, deliverable := range waiting {
		if _, err := locks.Ask(ctx, app, deliverable); err != nil {
			break // if Stripe cannot be asked about one invoice, it cannot be asked about the others
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
