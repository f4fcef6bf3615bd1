package clerk

import (
	"database/sql"
	"errors"
	"fmt"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/auth"
	"github.com/pocketbase/pocketbase/tools/router"

	"greenroom/hooks/integrations"
	"greenroom/hooks/people"
)

// outcome is the result of applying what Clerk says of a user. Its text stands in the log and in the output of the
// reconcile command.
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

// apply updates the clients by what Clerk says of a user, in the caller's transaction. The result does not depend on
// the order or the repetition of events: name, address and ban each have their own time, the newest of each wins, and
// facts that cannot be applied yet are stored until they can.
func (s *service) apply(tx core.App, u user) (outcome, error) {
	if dead, err := isDeleted(tx, u.Id); dead || err != nil {
		return gone, err
	}
	done, err := s.place(tx, factsOf(u))
	if err != nil {
		return "", err
	}
	return done, s.retryConflicts(tx)
}

// place applies facts to the client of a user, or finds or makes a client for a user who has none.
func (s *service) place(tx core.App, f facts) (outcome, error) {
	stored, err := storedFacts(tx, f.Id)
	if err != nil {
		return "", err
	}
	f = f.merge(stored)
	client, err := clientOf(tx, f.Id)
	switch {
	case err != nil:
		return "", err
	case client == nil:
		return s.join(tx, f)
	}
	return s.follow(tx, f, client)
}

// join finds or makes the client of a user who has none. It needs a verified address.
func (s *service) join(tx core.App, f facts) (outcome, error) {
	if f.Email == "" {
		return waiting, saveFacts(tx, f, stateWaiting, "")
	}
	client, err := clientByEmail(tx, f.Email)
	switch {
	case err != nil:
		return "", err
	case client == nil && !s.mayCreate:
		return waiting, nil
	case client != nil && client.GetString("clerkId") != "":
		return conflict, saveFacts(tx, f, stateConflict, conflictSentence(f.Id, client.Id))
	}
	done := linked
	if client == nil {
		clients, err := tx.FindCachedCollectionByNameOrId("clients")
		if err != nil {
			return "", err
		}
		done, client = created, core.NewRecord(clients)
		client.SetRandomPassword()
		client.Set("madeByClerk", true)
	}
	client.Set("clerkId", f.Id)
	client.Set("clerkNamedAt", 0)
	client.Set("clerkBanAt", 0)
	return done, write(tx, client, f)
}

// follow writes those facts into the client that are newer than what the client has.
func (s *service) follow(tx core.App, f facts, client *core.Record) (outcome, error) {
	newer := f.Email != "" && f.EmailAt > at(client, "clerkEmailedAt")
	older := f.Email != "" && f.EmailAt < at(client, "clerkEmailedAt")
	var other *core.Record
	if newer || older {
		found, err := clientByEmail(tx, f.Email)
		if err != nil {
			return "", err
		}
		if found != nil && found.Id != client.Id {
			other = found
		}
	}
	// The address may be that of a client without a user, made by the owner. The user is linked to that client instead, if
	// the client that an event made for the user holds nothing.
	if other != nil && other.GetString("clerkId") == "" && (newer || wasThereFirst(other, client)) {
		if empty, err := isEmpty(tx, client); err != nil {
			return "", err
		} else if empty {
			return linked, takeOver(tx, other, client, f)
		}
	}
	if other != nil && newer {
		if err := saveFacts(tx, f, stateConflict, conflictSentence(f.Id, other.Id)); err != nil {
			return "", err
		}
		f.Email = ""
		if !f.saysMore(client) {
			return conflict, nil
		}
		return conflict, save(tx, client, f)
	}
	if !newer && !f.saysMore(client) {
		return unchanged, nil
	}
	return updated, write(tx, client, f)
}

// saysMore reports whether the name or the ban is newer than the client's.
func (f facts) saysMore(client *core.Record) bool {
	return f.NameAt > at(client, "clerkNamedAt") || f.Banned != nil && f.BanAt > at(client, "clerkBanAt")
}

// write saves newer facts into a client and removes the stored ones, which are part of them.
func write(tx core.App, client *core.Record, f facts) error {
	if err := save(tx, client, f); err != nil {
		return err
	}
	return dropFacts(tx, f.Id)
}

func save(tx core.App, client *core.Record, f facts) error {
	if f.Name != "" && f.NameAt >= at(client, "clerkNamedAt") {
		client.Set("name", f.Name)
		client.Set("clerkNamedAt", f.NameAt)
	}
	if f.Email != "" && f.EmailAt >= at(client, "clerkEmailedAt") {
		client.SetEmail(f.Email)
		client.SetVerified(true) // Clerk has verified the address
		client.Set("clerkEmailedAt", f.EmailAt)
	}
	if f.Banned != nil && f.BanAt >= at(client, "clerkBanAt") {
		if *f.Banned && !client.GetBool("clerkBanned") {
			client.RefreshTokenKey() // Clerk ends the sessions of a banned user, so all sign-ins end here too
		}
		client.Set("clerkBanned", *f.Banned)
		client.Set("clerkBanAt", f.BanAt)
	}
	if err := tx.Save(client); err != nil {
		return fmt.Errorf("clerk: save client %s: %w", client.Id, err)
	}
	return nil
}

// takeOver links the user of an empty client to another client, and deletes the empty one.
func takeOver(tx core.App, client, empty *core.Record, f facts) error {
	was := facts{Id: f.Id, Email: empty.Email(), EmailAt: at(empty, "clerkEmailedAt"), NameAt: at(empty, "clerkNamedAt")}
	if was.NameAt > 0 {
		was.Name = empty.GetString("name")
	}
	if was.BanAt = at(empty, "clerkBanAt"); was.BanAt > 0 {
		banned := empty.GetBool("clerkBanned")
		was.Banned = &banned
	}
	if err := tx.Delete(empty); err != nil {
		return fmt.Errorf("clerk: remove client %s: %w", empty.Id, err)
	}
	client.Set("clerkId", f.Id)
	client.Set("clerkBanAt", 0)
	return write(tx, client, f.merge(was))
}

// isEmpty reports whether an event made the client and nothing has been added since.
func isEmpty(tx core.App, client *core.Record) (bool, error) {
	if !client.GetBool("madeByClerk") {
		return false, nil
	}
	for _, field := range []string{"archivedAt", "stripeCustomerId", "company"} {
		if client.GetString(field) != "" {
			return false, nil
		}
	}
	for _, collection := range []string{"projects", "bookings"} {
		if n, err := tx.CountRecords(collection, dbx.HashExp{"client": client.Id}); n > 0 || err != nil {
			return false, err
		}
	}
	return true, nil
}

// wasThereFirst reports whether the client is older than the one that an event made. It prevents that an old event,
// sent again, links a client whom the owner has made since for somebody else.
func wasThereFirst(client, made *core.Record) bool {
	return client.GetDateTime("created").Before(made.GetDateTime("created"))
}

// retryConflicts applies the stored facts that were in conflict, because a change may have freed the address. It
// repeats until nothing changes.
func (s *service) retryConflicts(tx core.App) error {
	for {
		all, err := storedFactsIn(tx, stateConflict)
		if err != nil {
			return err
		}
		moved := false
		for _, f := range all {
			done, err := s.place(tx, f)
			if err != nil {
				return err
			}
			moved = moved || done != conflict && done != waiting && done != unchanged
		}
		if !moved {
			return nil
		}
	}
}

// remove unlinks a user who was deleted at Clerk and ends all their sign-ins. It is final: later events about the user
// are ignored, whatever their date.
func (s *service) remove(tx core.App, userId string) (outcome, error) {
	client, err := clientOf(tx, userId)
	if err != nil {
		return "", err
	}
	if err := integrations.Set(tx, integration+":"+userId, stateDeleted, "", ""); err != nil {
		return "", err
	}
	if client == nil {
		return gone, nil
	}
	ways, err := tx.FindAllExternalAuthsByRecord(client)
	if err != nil {
		return "", err
	}
	for _, way := range ways {
		if way.Provider() != auth.NameOIDC {
			continue
		}
		if err := tx.Delete(way); err != nil {
			return "", err
		}
	}
	for _, field := range []string{"clerkId", "clerkNamedAt", "clerkEmailedAt", "clerkBanned", "clerkBanAt"} {
		client.Set(field, nil)
	}
	client.RefreshTokenKey()
	if err := tx.Save(client); err != nil {
		return "", err
	}
	return unlinked, s.retryConflicts(tx)
}

func at(client *core.Record, field string) int64 { return client.GetInt64(field) }

func clientOf(app core.App, userId string) (*core.Record, error) {
	return orNone(app.FindFirstRecordByData("clients", "clerkId", userId))
}

func clientByEmail(app core.App, email string) (*core.Record, error) {
	return orNone(people.FindByEmail(app, email))
}

func orNone(record *core.Record, err error) (*core.Record, error) {
	if errors.Is(err, sql.ErrNoRows) {
		return nil, nil
	}
	return record, err
}

// unfit reports whether the error means that the data is refused, so that sending it again would not help.
func unfit(err error) bool {
	var refused *router.ApiError
	var invalid interface{ Filter() error } // implemented by ozzo-validation's errors by field
	return errors.As(err, &refused) || errors.As(err, &invalid)
}
