package clerk

import (
	"database/sql"
	"errors"
	"fmt"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/router"
)

// outcome is what became of what Clerk said, in words for the log and the reconcile command.
type outcome string

const (
	created   outcome = "created a client"
	linked    outcome = "linked"
	updated   outcome = "updated"
	unchanged outcome = "unchanged"
	unlinked  outcome = "unlinked"
	waiting   outcome = "waits for a verified email"
	conflict  outcome = "conflict"
	gone      outcome = "deleted at Clerk"
)

// apply brings a client in step with a Clerk user, in the caller's transaction. The same users in any order, any number of
// times, leave the same clients.
func (s *service) apply(tx core.App, u user) (outcome, error) {
	if dead, err := isDeleted(tx, u.Id); dead || err != nil {
		return gone, err
	}
	client, err := clientOf(tx, u.Id)
	if err != nil {
		return "", err
	}
	if client == nil {
		return s.join(tx, u)
	}
	if u.UpdatedAt <= int64(client.GetInt("clerkUpdatedAt")) {
		return s.late(tx, u, client)
	}
	return s.update(tx, u, client, updated)
}

// join finds or makes the client of a user who has none.
func (s *service) join(tx core.App, u user) (outcome, error) {
	if u.email() == "" {
		return waiting, nil
	}
	client, err := clientByEmail(tx, u.email())
	switch {
	case err != nil:
		return "", err
	case client == nil && !s.mayCreate:
		return waiting, nil
	case client == nil:
		clients, err := tx.FindCachedCollectionByNameOrId("clients")
		if err != nil {
			return "", err
		}
		client = core.NewRecord(clients)
		client.SetEmail(u.email())
		client.Set("madeByClerk", true)
		return s.update(tx, u, client, created)
	case client.GetString("clerkId") != "":
		return conflict, noteConflict(tx, u.Id, client.Id)
	}
	return s.update(tx, u, client, linked)
}

// update writes what the user says into the client. A user without a name leaves the client's alone, and one without a
// verified email the address.
func (s *service) update(tx core.App, u user, client *core.Record, done outcome) (outcome, error) {
	client.Set("clerkId", u.Id)
	client.Set("clerkUpdatedAt", u.UpdatedAt)
	if name := u.name(); name != "" {
		client.Set("name", name)
	}
	taken, err := clientByEmail(tx, u.email())
	if err != nil {
		return "", err
	}
	inTheWay := taken != nil && taken.Id != client.Id
	if u.email() != "" && !inTheWay {
		client.SetEmail(u.email())
	}
	if err := tx.Save(client); err != nil {
		return "", fmt.Errorf("clerk: save client %s: %w", client.Id, err)
	}
	if inTheWay {
		return conflict, noteConflict(tx, u.Id, taken.Id)
	}
	return done, clearConflict(tx, u.Id)
}

// late takes what an event older than the client's state still has to tell: a name, where no later one had any; and the
// client to whom it would have linked, had it come in time, when the one that was made instead has nothing of its own.
func (s *service) late(tx core.App, u user, client *core.Record) (outcome, error) {
	if missed, err := s.missed(tx, u, client); missed != nil || err != nil {
		if err != nil {
			return "", err
		}
		return linked, s.takeOver(tx, missed, client)
	}
	if name := u.name(); name != "" && client.GetString("name") == "" {
		client.Set("name", name)
		return updated, tx.Save(client)
	}
	return unchanged, nil
}

// missed is the client to whom a late event would have linked.
func (s *service) missed(tx core.App, u user, client *core.Record) (*core.Record, error) {
	if u.UpdatedAt == int64(client.GetInt("clerkUpdatedAt")) || !client.GetBool("madeByClerk") || u.email() == "" {
		return nil, nil
	}
	other, err := clientByEmail(tx, u.email())
	if err != nil || other == nil || other.Id == client.Id || other.GetString("clerkId") != "" {
		return nil, err
	}
	for _, collection := range []string{"projects", "bookings"} {
		if n, err := tx.CountRecords(collection, dbx.HashExp{"client": client.Id}); n > 0 || err != nil {
			return nil, err
		}
	}
	return other, nil
}

// takeOver gives the state of an empty client to the one that should have had it, and removes the empty one.
func (s *service) takeOver(tx core.App, client, empty *core.Record) error {
	if err := tx.Delete(empty); err != nil {
		return fmt.Errorf("clerk: remove client %s: %w", empty.Id, err)
	}
	client.Set("clerkId", empty.GetString("clerkId"))
	client.Set("clerkUpdatedAt", empty.GetInt("clerkUpdatedAt"))
	client.SetEmail(empty.Email())
	if name := empty.GetString("name"); name != "" {
		client.Set("name", name)
	}
	return tx.Save(client)
}

// remove unlinks a user who was deleted at Clerk and ends all their sign-ins. It is final: nothing that is said of the user
// afterwards, however it is dated, is acted on.
func (s *service) remove(tx core.App, userId string) (outcome, error) {
	client, err := clientOf(tx, userId)
	if err != nil {
		return "", err
	}
	if err := setRow(tx, integration+":"+userId, stateDeleted, ""); err != nil {
		return "", err
	}
	if client == nil {
		return gone, nil
	}
	client.Set("clerkId", "")
	client.Set("clerkUpdatedAt", 0)
	client.RefreshTokenKey()
	return unlinked, tx.Save(client)
}

func clientOf(app core.App, userId string) (*core.Record, error) {
	return orNone(app.FindFirstRecordByData("clients", "clerkId", userId))
}

func clientByEmail(app core.App, email string) (*core.Record, error) {
	if email == "" {
		return nil, nil
	}
	return orNone(app.FindAuthRecordByEmail("clients", email))
}

func orNone(record *core.Record, err error) (*core.Record, error) {
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return record, err
}

// unfit tells whether an error says that the data cannot be taken, so that trying again is of no use.
func unfit(err error) bool {
	var refused *router.ApiError
	var invalid interface{ Filter() error } // ozzo-validation's errors by field
	return errors.As(err, &refused) || errors.As(err, &invalid)
}
