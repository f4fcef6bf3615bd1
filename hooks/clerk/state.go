package clerk

import (
	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/integrations"
)

// isDeleted reports whether Clerk has said that the user was deleted.
func isDeleted(app core.App, userId string) (bool, error) {
	row, err := integrations.Row(app, integration+":"+userId)
	return row != nil && row.GetString("state") == stateDeleted, err
}

// heard stores that Clerk has just sent something, for the health page.
func heard(tx core.App) error { return integrations.Set(tx, integration, integrations.OK, "", "") }
