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

// A client may have people: records of clients whose field account names that client. They sign in like clients and see
// the client's records. Every record belongs to the client, and a person cannot have people.

// MaxPeople is the number of people that one client may have.
const MaxPeople = 50

// clientPeople binds the rules of a client's people, which hold for every way of writing.
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
			return e.Next() // no transaction here, because hooks/cascade deletes a large tree in many
		}
		defer func() { e.App = outer }()
		return outer.RunInTransaction(func(tx core.App) error {
			e.App = tx
			all, err := PeopleOf(tx, e.Record.Id)
			if err != nil {
				return err
			}
			for _, person := range all { // each is deleted as a record, so that the hooks end their sign-ins
				if err := tx.Delete(person); err != nil {
					return err
				}
			}
			return e.Next()
		})
	})
}

// PeopleOf returns the people of a client in the order in which they were invited.
func PeopleOf(app core.App, clientId string) (all []*core.Record, err error) {
	err = app.RecordQuery("clients").AndWhere(dbx.HashExp{"account": clientId}).OrderBy("created", "rowid").All(&all)
	return all, err
}

// isAPerson checks the fields that tell a client from one of a client's people (account, access), and sets accountId.
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
	w.Record.Set("accountId", account) // the collections' rules compare this text field
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

// archivePeople archives and restores a client's people together with the client. A person who was archived before has
// another time of archiving and stays archived when the client is restored.
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

// belongsToClient refuses a record whose client is a person, because records belong to the client alone.
func (w Write) belongsToClient() error {
	if !w.Changed("client") {
		return nil
	}
	account, err := lookUp(w.App, w.Record, "client", "account")
	if answer := (*router.ApiError)(nil); errors.As(err, &answer) { // PocketBase's validation reports the missing client
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
