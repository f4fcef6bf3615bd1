package cli

import (
	"database/sql"
	"errors"
	"fmt"
	"strings"

	"github.com/pocketbase/pocketbase/core"
	"github.com/spf13/cobra"

	"greenroom/hooks/config"
	"greenroom/hooks/people"
)

func clientCommand(app core.App, c config.Config) *cobra.Command {
	command := group("client", "Add, list, invite, export, archive and restore clients",
		clientAdd(app, c), clientList(app), clientInvite(app, c), clientExport(app, c), clientArchive(app), clientRestore(app))
	jsonFlag(command)
	return command
}

// client is a client in the output of commands.
type client struct {
	Id               string `json:"id"`
	Name             string `json:"name"`
	Email            string `json:"email"`
	Company          string `json:"company"`
	StripeCustomerId string `json:"stripeCustomerId"`
	ArchivedAt       date   `json:"archivedAt"`
	InvitedAt        date   `json:"invitedAt"`
}

func newClient(record *core.Record) client {
	return client{record.Id, record.GetString("name"), record.Email(), record.GetString("company"), record.GetString("stripeCustomerId"),
		date{record.GetDateTime("archivedAt")}, date{record.GetDateTime("invitedAt")}}
}

// String names the client.
func (c client) String() string { return joined(c.Name, c.Email) }

func (c client) archived() bool { return !c.ArchivedAt.IsZero() }

// line describes the client in a list.
func (c client) line() string {
	line := joined(c.Name, c.Email, c.Company)
	if c.archived() {
		line += ", archived"
	}
	return line
}

// FindClient finds a client or person by email, in any case, or by id.
func FindClient(app core.App, who string) (*core.Record, error) {
	who = strings.TrimSpace(who)
	record, err := people.FindByEmail(app, who)
	if errors.Is(err, sql.ErrNoRows) {
		record, err = app.FindRecordById("clients", who)
	}
	if errors.Is(err, sql.ErrNoRows) {
		return nil, fmt.Errorf("no client has the email or the id %q", who)
	}
	if err != nil {
		return nil, fmt.Errorf("the clients could not be read: %w", err)
	}
	return record, nil
}

// FindClientProper is FindClient without clients' people.
func FindClientProper(app core.App, who string) (*core.Record, error) {
	record, err := FindClient(app, who)
	if err == nil && people.IsPerson(record) {
		err = fmt.Errorf("%s is one of a client's people: see greenroom people", joined(record.GetString("name"), record.Email()))
	}
	return record, err
}

// onClient runs work for the client whom the command's only argument names.
func onClient(app core.App, work func(command *cobra.Command, writer *Writer, client *core.Record) error) func(*cobra.Command, []string) error {
	return func(command *cobra.Command, args []string) error {
		writer, err := OpenWriter(app)
		if err != nil {
			return err
		}
		client, err := FindClient(app, args[0])
		if err != nil {
			return err
		}
		return work(command, writer, client)
	}
}
