package cli

import (
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/pocketbase/pocketbase/core"
	"github.com/spf13/cobra"

	"greenroom/hooks/accounts"
	"greenroom/hooks/config"
	"greenroom/hooks/notify"
	"greenroom/hooks/people"
)

const peoplePath = "/api/portal/people"

// peopleCommand is `greenroom people WHO add|remove|list` for the people of one client.
func peopleCommand(app core.App, c config.Config) *cobra.Command {
	command := &cobra.Command{Use: "people WHO add EMAIL|remove EMAIL|list", Short: "Invite, remove and list the people of a client",
		Long: "Invite, remove and list the people of a client.\nWHO is the client's email or their id. Who is added gets a mail with the way in.",
		Example: "greenroom people nora@example.com list\n" +
			"greenroom people nora@example.com add bea@example.com --name \"Bea Moss\" --access work\n" +
			"greenroom people nora@example.com remove bea@example.com"}
	name := command.Flags().String("name", "", "the name of who is added")
	access := command.Flags().String("access", "all", "what who is added sees: all, or work, which is everything but money")
	command.RunE = func(command *cobra.Command, args []string) error {
		if len(args) < 2 {
			return errors.New("say whose people and what to do: greenroom people WHO list, or add or remove with an EMAIL")
		}
		verb, rest := args[1], args[2:]
		switch want := map[string]int{"list": 0, "add": 1, "remove": 1}; {
		case verb != "list" && verb != "add" && verb != "remove":
			return fmt.Errorf("%q is not add, remove or list", verb)
		case len(rest) < want[verb]:
			return errors.New("the person's email is missing: greenroom people WHO " + verb + " EMAIL")
		case len(rest) > want[verb]:
			return fmt.Errorf("%q is too much", rest[want[verb]])
		}
		writer, err := OpenWriter(app)
		if err != nil {
			return err
		}
		client, err := FindClientProper(app, args[0])
		if err != nil {
			return err
		}
		switch verb {
		case "add":
			return writer.addPerson(command, c, client, strings.TrimSpace(rest[0]), *name, *access)
		case "remove":
			return writer.removePerson(command, client, rest[0])
		}
		return listPeople(command, app, client)
	}
	jsonFlag(command)
	return command
}

func (w *Writer) addPerson(command *cobra.Command, c config.Config, client *core.Record, email, name, access string) error {
	var person accounts.Person
	if w.server == nil {
		var err error
		if person, err = accounts.Invite(w.app, client.Id, "", email, name, access); err != nil {
			return refusal("No invitation", err)
		}
		if err := notify.InvitePerson(w.app, c, person.Id, ""); err != nil {
			return fmt.Errorf("%s was added, but the invitation did not leave: %w. When mail works (greenroom doctor tells), send it with: greenroom client invite %s",
				joined(person.Name, person.Email), err, person.Email)
		}
	} else {
		added := map[string]string{"client": client.Id, "email": email, "name": name, "access": access}
		if err := w.send(command.Context(), http.MethodPost, peoplePath, added, &person); err != nil {
			return err
		}
	}
	return answer(command, person, "Invited "+joined(person.Name, person.Email)+".")
}

func (w *Writer) removePerson(command *cobra.Command, client *core.Record, who string) error {
	all, err := accounts.List(w.app, client.Id)
	if err != nil {
		return err
	}
	for _, person := range all {
		if people.Address(person.Email) != people.Address(who) && person.Id != who {
			continue
		}
		if w.server == nil {
			err = accounts.Remove(w.app, person.Id, client.Id, true)
		} else {
			err = w.send(command.Context(), http.MethodDelete, peoplePath+"/"+person.Id, nil, nil)
		}
		if err != nil {
			return err
		}
		return answer(command, person, "Removed "+joined(person.Name, person.Email)+". Their sign-ins have ended.")
	}
	return fmt.Errorf("%s has no person with the email or the id %q", newClient(client), who)
}

func listPeople(command *cobra.Command, app core.App, client *core.Record) error {
	all, err := accounts.List(app, client.Id)
	if err != nil {
		return err
	}
	lines := []string{}
	for _, person := range all {
		line := joined(person.Name, person.Email)
		if person.Access == people.AccessWork {
			line += ", without money"
		}
		if !person.Joined {
			line += ", invited"
		}
		lines = append(lines, line)
	}
	if len(lines) == 0 {
		lines = []string{"No people to list."}
	}
	return answer(command, all, lines...)
}
