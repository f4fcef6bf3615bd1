package pb_migrations

import (
	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// Accesses are what one of a client's people may see: all, or work, which is everything except invoices and payments.
var Accesses = []string{"all", "work"}

// A client may have people: records of clients whose account is that client. They may read what belongs to the client,
// by comparing the client column with the visitor's own account; the first condition keeps an empty account from
// matching. Only the author may change or delete what somebody wrote.
//
// The rules read the account from accountId, a copy of it in JSON. PocketBase compares two columns by COALESCE, for
// which no index is used, unless one of them is JSON. The condition on the visitor's created makes SQLite read the
// visitor before the records. Without either, each list of a client's would read the records of all clients.
const (
	accountIs = "@request.auth.account != '' && "
	visitor   = signedIn + " && @request.auth.created > '1'"

	ours       = visitor + " && (client = @request.auth.id || (" + accountIs + "client = @request.auth.accountId))"
	ourProject = signedIn + " && (project.client = @request.auth.id || (" + accountIs + "project.client = @request.auth.accountId))"
	ourThread  = signedIn + " && (session.client = @request.auth.id || milestone.client = @request.auth.id || goal.client = @request.auth.id || (" +
		accountIs + "(session.client = @request.auth.accountId || milestone.client = @request.auth.accountId || goal.client = @request.auth.accountId)))"

	ourItem        = ours + " && assignedTo = 'client'"
	ourUpload      = ours + " && uploadedBy = 'client'"
	writtenByMyOwn = ours + " && isJames = false && deletedAt = '' && author = @request.auth.id"
)

// peoplesPermissions is the permission table since a client may have people. 1790000010_versions.go changes the row of
// comments.
var peoplesPermissions = []Permission{
	//                list  view  create  update      delete
	{"clients", self, self, nobody, self, nobody},
	{"projects", ours, ours, nobody, nobody, nobody},
	{"milestones", ours, ours, nobody, nobody, nobody},
	{"sessions", ours, ours, nobody, nobody, nobody},
	{"goals", ours, ours, nobody, ours, nobody},
	{"action_items", ours, ours, nobody, ourItem, nobody},
	{"deliverables", ours, ours, nobody, ours, nobody},
	{"attachments", ours, ours, ourProject, nobody, ourUpload},
	{"comments", ours, ours, ourThread, writtenByMyOwn, writtenByMyOwn},
	{"bookings", ours, ours, nobody, nobody, nobody},
	{"integrations", nobody, nobody, nobody, nobody, nobody},
	{"outbox", nobody, nobody, nobody, nobody, nobody},
}

// peopleFields returns the fields that this migration adds, by collection.
func peopleFields() map[string][]core.Field {
	return map[string][]core.Field{
		"clients": {cascade("account", "clients"), &core.SelectField{Name: "access", Values: Accesses},
			hidden(&core.JSONField{Name: "accountId", MaxSize: 100})},
		"comments": {hidden(text("author", 15))},
		"outbox":   {text("person", 15)},
	}
}

func init() {
	m.Register(func(app core.App) error {
		for name, fields := range peopleFields() {
			err := changeCollection(app, name, func(c *core.Collection) {
				for _, field := range fields {
					if c.Fields.GetByName(field.GetName()) == nil {
						c.Fields.Add(field)
					}
				}
				if name == "clients" {
					c.AddIndex("idx_clients_account", false, "account", "")
				}
				explain(c)
			})
			if err != nil {
				return err
			}
		}
		// Before this migration each client was one person, who wrote all of the client's comments.
		if _, err := app.DB().NewQuery("UPDATE comments SET author = client WHERE isJames = 0 AND author = ''").Execute(); err != nil {
			return err
		}
		return setPermissions(app, peoplesPermissions)
	}, func(app core.App) error {
		if err := setPermissions(app, firstPermissions); err != nil {
			return err
		}
		for name, fields := range peopleFields() {
			err := changeCollection(app, name, func(c *core.Collection) {
				c.RemoveIndex("idx_clients_account")
				for _, field := range fields {
					c.Fields.RemoveByName(field.GetName())
				}
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

func setPermissions(app core.App, permissions []Permission) error {
	for _, p := range permissions {
		if err := setRules(app, p, firstMaySignIn); err != nil {
			return err
		}
	}
	return nil
}
