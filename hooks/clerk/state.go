package clerk

import (
	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/integrations"
)

// isDeleted tells whether Clerk has said that the user is gone.
func isDeleted(app core.App, userId string) (bool, error) {
	row, err := integrations.Row(app, integration+":"+userId)
	return row != nil && row.GetString("state") == stateDeleted, err
}

// heard notes that Clerk has spoken.
func heard(tx core.App) error { return integrations.Set(tx, integration, integrations.OK, "", "") }
