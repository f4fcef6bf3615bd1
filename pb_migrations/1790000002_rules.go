package pb_migrations

import (
	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
	"github.com/pocketbase/pocketbase/tools/types"
)

// The fragments that every rule is made of. A record under a client is the client's by its client column alone, never by
// a look at its parents; only a create, which has no column yet, asks the parent that it names. The first words of each
// keep an empty client column from matching a visitor without an id.
const (
	nobody   = "" // the owner alone
	signedIn = "@request.auth.id != '' && @request.auth.archivedAt = ''"
	self     = signedIn + " && id = @request.auth.id"
	own      = signedIn + " && client = @request.auth.id"

	underOwnProject = signedIn + " && project.client = @request.auth.id"
	underOwnThread  = signedIn + " && (session.client = @request.auth.id || milestone.client = @request.auth.id || goal.client = @request.auth.id)"

	assignedToMe = own + " && assignedTo = 'client'"
	uploadedByMe = own + " && uploadedBy = 'client'"
	writtenByMe  = own + " && isJames = false && deletedAt = ''"
)

// Permission is one row of the permission table: what a client may do in a collection. The owner may do everything, a
// guest nothing. Which fields a client may write, and which transitions, is said by the hooks of each collection.
type Permission struct {
	Collection                         string
	List, View, Create, Update, Delete string
}

// firstPermissions is the permission table as it was at first. Permissions (1790000005_people.go) is today's.
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

// firstMaySignIn is what a client had to be to be given a token before bans were known.
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

// rule turns a row's entry into PocketBase's form, where nil is "the owner alone" and an empty rule is "everybody".
func rule(s string) *string {
	if s == nobody {
		return nil
	}
	return types.Pointer(s)
}
