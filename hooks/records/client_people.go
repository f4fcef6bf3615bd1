package records

import (
	"database/sql"
	"errors"
	"fmt"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/router"

	"greenroom/hooks/people"
)

// A client may have people: records of clients whose account is the client. They sign in like clients and see what is
// the client's; every record stays the client's, and no person has people.

// MaxPeople is how many people one client may have.
const MaxPeople = 50

// clientPeople holds what is true of a client's people, whoever writes.
func clientPeople(app core.App) {
	app.OnRecordCreate("clients").BindFunc(func(e *core.RecordEvent) error {
		if people.IsPerson(e.Record) && e.Record.GetString("access") == "" {
			e.Record.Set("access", "all")
		}
		return e.Next()
	})
	app.OnRecordDeleteExecute("clients").BindFunc(func(e *core.RecordEvent) error {
		if people.IsPerson(e.Record) {
			return e.Next()
		}
		outer := e.App
		all, err := PeopleOf(outer, e.Record.Id)
		if err != nil {
			return err
		}
		if len(all) == 0 {
			return e.Next() // a large tree is not deleted in one transaction
		}
		defer func() { e.App = outer }()
		return outer.RunInTransaction(func(tx core.App) error {
			e.App = tx
			all, err := PeopleOf(tx, e.Record.Id)
			if err != nil {
				return err
			}
			for _, person := range all { // one by one, for their sign-ins have more to them than rows
				if err := tx.Delete(person); err != nil {
					return err
				}
			}
			return e.Next()
		})
	})
}

// PeopleOf are the people of a client, in the order in which they came.
func PeopleOf(app core.App, clientId string) (all []*core.Record, err error) {
	err = app.RecordQuery("clients").AndWhere(dbx.HashExp{"account": clientId}).OrderBy("created", "rowid").All(&all)
	return all, err
}

// isAPerson holds for a write of a client's person, or of somebody who is to become one.
func (w Write) isAPerson() error {
	if w.Was != nil && w.Changed("account") {
		return refuse("account", "Whose person somebody is never changes. Remove them here and invite them there.")
	}
	account := w.Record.GetString("account")
	if account == "" {
		if w.Record.GetString("access") != "" {
			return refuse("access", "A client sees everything. Only a client's people have an access.")
		}
		w.Record.Set("accountId", nil)
		return nil
	}
	w.Record.Set("accountId", account) // for the rules
	if w.Record.GetString("access") == "" {
		return refuse("access", "The access of a person is all or work.")
	}
	if w.Record.GetString("stripeCustomerId") != "" {
		return refuse("stripeCustomerId", "Stripe knows the client, not the client's people. Write the id into the client.")
	}
	client, err := w.App.FindRecordById("clients", account)
	if errors.Is(err, sql.ErrNoRows) {
		return refuse("account", "There is no such client.")
	}
	if err != nil {
		return err
	}
	if people.IsPerson(client) {
		return refuse("account", "One of a client's people has no people. Name the client.")
	}
	archived := client.GetString("archivedAt") != ""
	if w.Was != nil {
		if archived && w.Was.GetString("archivedAt") != "" && w.Record.GetString("archivedAt") == "" {
			return refuse("archivedAt", "The client is archived, and their people with them. Restore the client.")
		}
		return nil
	}
	if archived {
		return refuse("account", "The client is archived. Restore them before you invite their people.")
	}
	count, err := w.App.CountRecords("clients", dbx.HashExp{"account": account})
	if err != nil {
		return err
	}
	if count >= MaxPeople {
		return refuse("account", fmt.Sprintf("A client may have %d people, and this one has.", MaxPeople))
	}
	return nil
}

// archivePeople lets the people of a client go and come with the client. Those who were archived by themselves before
// stay so: they have another time.
func (w Write) archivePeople() error {
	if w.Was == nil || !w.Changed("archivedAt") || people.IsPerson(w.Record) {
		return nil
	}
	all, err := PeopleOf(w.App, w.Record.Id)
	if err != nil {
		return err
	}
	for _, person := range all {
		if person.GetString("archivedAt") != w.Was.GetString("archivedAt") {
			continue
		}
		person.Set("archivedAt", w.Record.GetDateTime("archivedAt"))
		if err := w.App.Save(person); err != nil {
			return fmt.Errorf("archive or restore %s with their client: %w", person.Id, err)
		}
	}
	return nil
}

// belongsToClient refuses a record whose client is one of a client's people.
func (w Write) belongsToClient() error {
	if !w.Changed("client") {
		return nil
	}
	account, err := lookUp(w.App, w.Record, "client", "account")
	if answer := (*router.ApiError)(nil); errors.As(err, &answer) { // PocketBase's validation names a client that is not there
		return nil
	}
	if err != nil {
		return err
	}
	if account != "" {
		return refuse("client", "This is one of a client's people. Name the client.")
	}
	return nil
}
