package pb_migrations

import (
	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
	"github.com/pocketbase/pocketbase/tools/types"
)

// Every rule is composed of these fragments. Whether a record belongs to a client is decided by its client column alone
// and never by its parents; only a create, for which there is no column yet, asks the parent that it names. The first
// condition of each keeps an empty client column from matching a visitor without an id.
const (
	nobody   = "" // only the owner
	signedIn = "@request.auth.id != '' && @request.auth.archivedAt = ''"
	self     = signedIn + " && id = @request.auth.id"
	own      = signedIn + " && client = @request.auth.id"

	underOwnProject = signedIn + " && project.client = @request.auth.id"
	underOwnThread  = signedIn + " && (session.client = @request.auth.id || milestone.client = @request.auth.id || goal.client = @request.auth.id)"

	assignedToMe = own + " && assignedTo = 'client'"
	uploadedByMe = own + " && uploadedBy = 'client'"
	writtenByMe  = own + " && isJames = false && deletedAt = ''"
)

// Permission is one row of the permission table: what a client may do in a collection. The owner may do everything and
// a guest nothing. The hooks of a collection restrict which fields a client may write, and which transitions.
type Permission struct {
	Collection                         string
	List, View, Create, Update, Delete string
}

// firstPermissions is the first permission table. The present one is Permissions (1790000010_versions.go).
var firstPermissions = []Permission{
	//                list    view    create           update        delete
	{"clients", self, self, nobody, self, nobody},
	{"projects", own, own, nobody, nobody, nobody},
	{"milestones", own, own, nobody, nobody, nobody},
	{"sessions", own, own, nobody, nobody, nobody},
	{"goals", own, own, nobody, own, nobody},
	{"action_items", own, own, nobody, assignedToMe, nobody},
	{"deliverables", own, own, nobody, own, nobody},
	{"attachments", own, own, underOwnProject, nobody, uploadedByMe},
	{"comments", own, own, underOwnThread, writtenByMe, writtenByMe},
	{"bookings", own, own, nobody, nobody, nobody},
	{"integrations", nobody, nobody, nobody, nobody, nobody},
	{"outbox", nobody, nobody, nobody, nobody, nobody},
}

// firstMaySignIn is the condition for giving a client a token, before there were bans.
const firstMaySignIn = "archivedAt = ''"

func init() {
	m.Register(func(app core.App) error {
		for _, p := range firstPermissions {
			if err := setRules(app, p, firstMaySignIn); err != nil {
				return err
			}
		}
		return nil
	}, func(app core.App) error {
		for _, p := range firstPermissions {
			if err := setRules(app, Permission{Collection: p.Collection}, nobody); err != nil {
				return err
			}
		}
		return nil
	})
}

func setRules(app core.App, p Permission, authRule string) error {
	c, err := app.FindCollectionByNameOrId(p.Collection)
	if err != nil {
		return err
	}
	c.ListRule, c.ViewRule = rule(p.List), rule(p.View)
	c.CreateRule, c.UpdateRule, c.DeleteRule = rule(p.Create), rule(p.Update), rule(p.Delete)
	if c.IsAuth() {
		c.AuthRule = rule(authRule)
	}
	return app.Save(c)
}

// rule converts an entry of the table to PocketBase's form, in which nil means only the owner and "" everybody.
func rule(s string) *string {
	if s == nobody {
		return nil
	}
	return types.Pointer(s)
}
