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

// A pretended person is the invitation of an address that somebody else has. It is a row of integrations named
// people:<client>-<id>, whose cursor is the JSON that the client sees.
const (
	integration    = "people"
	statePretended = "pretended"
)

type pretendedPerson struct {
	Person
	client, trouble string
}

func rowOf(clientId, id string) string { return integration + ":" + clientId + "-" + id }

// pretend stores an invitation of which no mail is sent, after the checks that every invitation has to pass.
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

// check refuses with the same words what the rules would refuse of a real person.
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

// pretendedOf returns the pretended people of a client in the order of their invitations; with an empty id, those of
// all clients.
func pretendedOf(app core.App, clientId string) (all []pretendedPerson, err error) {
	var rows []*core.Record
	from, to := integration+":", integration+";" // a range of names, so that the index on name is used
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

// forgetPretended removes a client's pretended people when the client is deleted.
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
