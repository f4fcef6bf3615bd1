// Package accounts lets a client, or the owner for them, invite, change and remove the client's people, such as the
// members of a band or the staff of a charity. Each person signs in with their own address and sees the client's
// records. The rules that hold for every way of writing are in hooks/records/client_people.go.
//
// A client never learns that an address is already another client's. Such an invitation looks to them like any other
// and can be listed, changed and removed. It is stored only as a row of integrations (pretended.go), which tells the
// owner, and no mail is sent. The owner, who may know, is refused with the reason.
package accounts

import (
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/pocketbase/dbx"
	validation "github.com/pocketbase/ozzo-validation/v4"
	"github.com/pocketbase/ozzo-validation/v4/is"
	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/router"

	"greenroom/hooks/access"
	"greenroom/hooks/config"
	"greenroom/hooks/notify"
	"greenroom/hooks/people"
	"greenroom/hooks/records"
)

// Person is one of a client's people as JSON for the client.
type Person struct {
	Id     string `json:"id"`
	Name   string `json:"name"`
	Email  string `json:"email"`
	Access string `json:"access"`
	Joined bool   `json:"joined"`
}

func personOf(record *core.Record) Person {
	return Person{record.Id, record.GetString("name"), record.Email(), record.GetString("access"), people.Joined(record)}
}

const path = "/api/portal/people"

// Register binds the routes under /api/portal/people.
func Register(app core.App, c config.Config) {
	limits := newPaces()
	app.OnServe().BindFunc(func(e *core.ServeEvent) error {
		e.Router.GET(path, access.Page(list)).Bind(apis.SkipSuccessActivityLog())
		e.Router.POST(path, func(e *core.RequestEvent) error { return invite(e, c, limits) })
		e.Router.PATCH(path+"/{id}", change)
		e.Router.DELETE(path+"/{id}", remove)
		return e.Next()
	})
	forgetPretended(app)
}

// list answers GET with the people of a client in the order in which they were invited, pretended ones last.
func list(e *core.RequestEvent, client *core.Record) error {
	if people.IsPerson(client) {
		return notForPeople(e)
	}
	items, err := List(e.App, client.Id)
	if err != nil {
		return err
	}
	return e.JSON(http.StatusOK, map[string]any{"items": items})
}

func notForPeople(e *core.RequestEvent) error {
	return e.ForbiddenError("Only the client sees and changes who has access.", nil)
}

// List returns the people of a client who are not archived, and the pretended ones.
func List(app core.App, clientId string) ([]Person, error) {
	all, err := records.PeopleOf(app, clientId)
	if err != nil {
		return nil, fmt.Errorf("accounts: list the people of %s: %w", clientId, err)
	}
	items := []Person{}
	for _, record := range all {
		if record.GetString("archivedAt") == "" {
			items = append(items, personOf(record))
		}
	}
	pretended, err := pretendedOf(app, clientId)
	if err != nil {
		return nil, err
	}
	for _, p := range pretended {
		items = append(items, p.Person)
	}
	return items, nil
}

// sender returns who asks for a change: a client's id, or the owner. It refuses people, and ?as=, by which the owner
// only looks at a client's pages.
func sender(e *core.RequestEvent) (clientId string, owner bool, err error) {
	switch {
	case e.Auth == nil:
		return "", false, e.UnauthorizedError("Sign in to change who has access.", nil)
	case e.Request.URL.Query().Has("as"):
		return "", false, e.ForbiddenError("Looking at a page as a client changes nothing.", nil)
	case e.HasSuperuserAuth():
		return "", true, nil
	case e.Auth.Collection().Name != "clients" || e.Auth.GetString("archivedAt") != "" || people.IsPerson(e.Auth):
		return "", false, notForPeople(e)
	}
	return e.Auth.Id, false, nil
}

// invitation is the body of POST and PATCH. A field that was not sent is nil.
type invitation struct {
	Client  *string `json:"client"` // set by the owner: the client's id
	Account *string `json:"account"`
	Email   *string `json:"email"`
	Name    *string `json:"name"`
	Access  *string `json:"access"`
}

func text(s *string) string {
	if s == nil {
		return ""
	}
	return strings.TrimSpace(*s)
}

func invite(e *core.RequestEvent, c config.Config, limits paces) error {
	clientId, owner, err := sender(e)
	if err != nil {
		return err
	}
	var ask invitation
	if err := e.BindBody(&ask); err != nil {
		return e.BadRequestError("The request could not be read. Send email, name and access as JSON.", err)
	}
	switch named := text(ask.Client); {
	case owner && named == "":
		return refuse("client", "Say whose person it is: send the id of the client as client.")
	case owner:
		clientId = named
	case ask.Client != nil && named != clientId, ask.Account != nil && text(ask.Account) != clientId:
		return e.ForbiddenError("You can invite people to your own portal only.", nil)
	}
	by := ""
	if !owner {
		by = people.DisplayName(e.Auth)
		if err := limits.check(e, clientId, text(ask.Email)); err != nil {
			return err
		}
	}
	person, err := Invite(e.App, clientId, by, text(ask.Email), text(ask.Name), text(ask.Access))
	if err != nil {
		return access.Answer(e, err)
	}
	notify.InvitePersonLater(e.App, c, person.Id, by)
	return e.JSON(http.StatusCreated, person)
}

// Invite adds a person to the client's people. An empty by means that the owner invites. The caller has to send the
// mail, for which a pretended person has no record. accessTo is all or work; empty means all.
func Invite(app core.App, clientId, by, email, name, accessTo string) (person Person, err error) {
	if accessTo == "" {
		accessTo = "all"
	}
	if accessTo != "all" && accessTo != people.AccessWork {
		return person, refuse("access", "The access of a person is all or work.")
	}
	if err := validation.Validate(email, validation.Required, validation.Length(3, 255), is.EmailFormat); err != nil {
		return person, refuse("email", "Send an email address to which the invitation can go.")
	}
	err = app.RunInTransaction(func(tx core.App) error {
		client, err := tx.FindRecordById("clients", clientId)
		if errors.Is(err, sql.ErrNoRows) {
			return refuse("client", "There is no such client.")
		}
		if err != nil {
			return err
		}
		pretended, err := pretendedOf(tx, clientId)
		if err != nil {
			return err
		}
		count, err := tx.CountRecords("clients", dbx.HashExp{"account": clientId})
		if err != nil {
			return err
		}
		if int(count)+len(pretended) >= records.MaxPeople {
			return refuse("email", fmt.Sprintf("There can be %d people, and there are. Remove somebody first.", records.MaxPeople))
		}
		for _, p := range pretended {
			if people.Address(p.Email) == people.Address(email) {
				return refuse("email", "This address has been invited already.")
			}
		}
		collection := client.Collection()
		record := core.NewRecord(collection)
		record.Load(map[string]any{"account": clientId, "email": email, "name": name, "access": accessTo, "invitedAt": now()})
		other, err := people.FindByEmail(tx, email)
		switch {
		case err == nil && other.Id == clientId:
			return refuse("email", "This is the client's own address.")
		case err == nil && other.GetString("account") == clientId:
			return refuse("email", "This address has been invited already.")
		case err == nil && by != "":
			person, err = pretend(tx, client, record, other)
			return err
		case err == nil:
			return refuse("email", fmt.Sprintf("This is the address of %s already (%s).", people.DisplayName(other), kindOf(other)))
		case !errors.Is(err, sql.ErrNoRows):
			return err
		}
		if err := tx.Save(record); err != nil {
			return err
		}
		person = personOf(record)
		return nil
	})
	return person, asRefusal(err)
}

// kindOf describes the person whose address is taken.
func kindOf(other *core.Record) string {
	switch {
	case other.GetString("archivedAt") != "":
		return "archived"
	case people.IsPerson(other):
		return "one of another client's people"
	}
	return "a client"
}

// change answers PATCH, which sets name and access.
func change(e *core.RequestEvent) error {
	clientId, owner, err := sender(e)
	if err != nil {
		return err
	}
	var ask invitation
	if err := e.BindBody(&ask); err != nil {
		return e.BadRequestError("The request could not be read. Send name and access as JSON.", err)
	}
	switch {
	case ask.Email != nil:
		return refuse("email", "The address of a person stays. Remove them, and invite the other address.")
	case ask.Client != nil || ask.Account != nil:
		return refuse("client", "A person stays with their client. Remove them here, and invite them there.")
	case ask.Access != nil && text(ask.Access) != "all" && text(ask.Access) != people.AccessWork:
		return refuse("access", "The access of a person is all or work.")
	}
	var changed Person
	err = e.App.RunInTransaction(func(tx core.App) error {
		record, pretended, err := find(tx, e.Request.PathValue("id"), clientId, owner)
		if err != nil {
			return err
		}
		if pretended != nil {
			changed, err = pretended.change(tx, ask)
			return err
		}
		if ask.Name != nil {
			record.Set("name", text(ask.Name))
		}
		if ask.Access != nil {
			record.Set("access", text(ask.Access))
		}
		changed = personOf(record)
		return tx.Save(record)
	})
	if err != nil {
		return access.Answer(e, asRefusal(err))
	}
	return e.JSON(http.StatusOK, changed)
}

// remove answers DELETE. The person's sign-ins end at once, their comments keep the name, and the address can be used
// again.
func remove(e *core.RequestEvent) error {
	clientId, owner, err := sender(e)
	if err != nil {
		return err
	}
	if err := Remove(e.App, e.Request.PathValue("id"), clientId, owner); err != nil {
		return access.Answer(e, err)
	}
	return e.NoContent(http.StatusNoContent)
}

// Remove removes one of the client's people; for the owner, one of any client's.
func Remove(app core.App, id, clientId string, owner bool) error {
	return app.RunInTransaction(func(tx core.App) error {
		record, pretended, err := find(tx, id, clientId, owner)
		if err != nil {
			return err
		}
		if pretended != nil {
			return pretended.remove(tx)
		}
		return tx.Delete(record)
	})
}

// find returns a person by id, real or pretended. For a client, a person of another client is not found.
func find(tx core.App, id, clientId string, owner bool) (*core.Record, *pretendedPerson, error) {
	record, err := tx.FindRecordById("clients", id)
	if err == nil && people.IsPerson(record) && (owner || people.Account(record) == clientId) {
		return record, nil, nil
	}
	if err != nil && !errors.Is(err, sql.ErrNoRows) {
		return nil, nil, err
	}
	pretended, err := pretendedById(tx, id, clientId, owner)
	if err != nil {
		return nil, nil, err
	}
	if pretended == nil {
		return nil, nil, router.NewNotFoundError(access.NotHere, nil)
	}
	return nil, pretended, nil
}

// refuse returns the 400 answer to wrong input: one plain sentence, with the field that it is about.
func refuse(field, sentence string) error {
	return router.NewBadRequestError(sentence, validation.Errors{field: validation.NewError("validation_not_allowed", sentence)})
}

// asRefusal turns an error of PocketBase's validation into an answer with a sentence.
func asRefusal(err error) error {
	var fields validation.Errors
	var answer *router.ApiError
	if errors.As(err, &answer) || !errors.As(err, &fields) {
		return err
	}
	for name, problem := range fields {
		if name == "password" {
			continue
		}
		return router.NewBadRequestError("The "+name+" "+lowerFirst(problem.Error()), fields)
	}
	return err
}

func lowerFirst(s string) string {
	if s == "" {
		return s
	}
	return strings.ToLower(s[:1]) + s[1:]
}
