package accounts

import (
	"encoding/json"
	"errors"
	"fmt"
	"strings"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/types"

	"greenroom/hooks/integrations"
	"greenroom/hooks/people"
)

// A pretended person is an invitation of an address that is somebody else's: a row of integrations named
// people:<client>-<id>, whose cursor is what the client sees of it.
const (
	integration    = "people"
	statePretended = "pretended"
)

type pretendedPerson struct {
	Person
	client, trouble string
}

func rowOf(clientId, id string) string { return integration + ":" + clientId + "-" + id }

// pretend keeps an invitation that goes nowhere, once it has passed the checks that any other one has to pass.
func pretend(tx core.App, client, invited, other *core.Record) (Person, error) {
	p := pretendedPerson{Person: personOf(invited), client: client.Id}
	p.Id = core.GenerateDefaultRandomId()
	if err := p.check(tx); err != nil {
		return Person{}, err
	}
	p.trouble = fmt.Sprintf("%s invited %s, which is the address of %s already (%s). Nothing was sent, and %s is not told.",
		people.DisplayName(client), invited.Email(), people.DisplayName(other), kindOf(other), people.DisplayName(client))
	return p.Person, p.save(tx)
}

// check refuses what a real person could not be, in the same words.
func (p pretendedPerson) check(tx core.App) error {
	clients, err := tx.FindCachedCollectionByNameOrId("clients")
	if err != nil {
		return err
	}
	real := core.NewRecord(clients)
	real.SetRandomPassword()
	real.Load(map[string]any{"account": p.client, "email": p.Id + "@invitation.example.com", "name": p.Name, "access": p.Access,
		"notices": "each", "digestAt": "08:00"})
	return tx.Validate(real)
}

func (p pretendedPerson) save(tx core.App) error {
	cursor, err := json.Marshal(p.Person)
	if err != nil {
		return err
	}
	return integrations.Set(tx, rowOf(p.client, p.Id), statePretended, string(cursor), p.trouble)
}

func (p pretendedPerson) change(tx core.App, ask invitation) (Person, error) {
	if ask.Name != nil {
		p.Name = text(ask.Name)
	}
	if ask.Access != nil {
		p.Access = text(ask.Access)
	}
	if err := p.check(tx); err != nil {
		return p.Person, err
	}
	return p.Person, p.save(tx)
}

func (p pretendedPerson) remove(tx core.App) error {
	return integrations.Drop(tx, rowOf(p.client, p.Id))
}

// pretendedOf are the pretended people of a client, in the order in which they were invited; of all clients where the
// id is empty.
func pretendedOf(app core.App, clientId string) (all []pretendedPerson, err error) {
	var rows []*core.Record
	from, to := integration+":", integration+";" // a range of names, which their index finds
	if clientId != "" {
		from, to = rowOf(clientId, ""), integration+":"+clientId+"."
	}
	err = app.RecordQuery("integrations").AndWhere(dbx.NewExp("name > {:from} AND name < {:to}", dbx.Params{"from": from, "to": to})).
		OrderBy("created", "name").All(&rows)
	if err != nil {
		return nil, fmt.Errorf("accounts: read the invitations of %s: %w", clientId, err)
	}
	for _, row := range rows {
		client, _, _ := strings.Cut(strings.TrimPrefix(row.GetString("name"), integration+":"), "-")
		p := pretendedPerson{client: client, trouble: row.GetString("lastError")}
		if err := json.Unmarshal([]byte(row.GetString("cursor")), &p.Person); err != nil {
			return nil, fmt.Errorf("accounts: read %s: %w", row.GetString("name"), err)
		}
		all = append(all, p)
	}
	return all, nil
}

func pretendedById(app core.App, id, clientId string, owner bool) (*pretendedPerson, error) {
	if owner {
		clientId = ""
	}
	all, err := pretendedOf(app, clientId)
	for _, p := range all {
		if p.Id == id {
			return &p, err
		}
	}
	return nil, err
}

// forgetPretended removes what is kept of a client's invitations when the client is erased.
func forgetPretended(app core.App) {
	app.OnRecordAfterDeleteSuccess("clients").BindFunc(func(e *core.RecordEvent) error {
		all, err := pretendedOf(e.App, e.Record.Id)
		for _, p := range all {
			err = errors.Join(err, p.remove(e.App))
		}
		if err != nil {
			e.App.Logger().Error("The invitations of an erased client could not be removed.", "client", e.Record.Id, "error", err)
		}
		return e.Next()
	})
}

func now() types.DateTime { return types.NowDateTime() }
