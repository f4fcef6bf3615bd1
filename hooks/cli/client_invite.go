package cli

import (
	"fmt"
	"net/http"
	"time"

	"github.com/pocketbase/pocketbase/core"
	"github.com/spf13/cobra"

	"greenroom/hooks/config"
	"greenroom/hooks/notify"
)

func clientInvite(app core.App, c config.Config) *cobra.Command {
	command := &cobra.Command{Use: "invite WHO", Short: "Mail a client the way into the portal", Args: one("WHO, the client's email or id"),
		Long: "Mail a client the way into the portal.\nWHO is their email or their id."}
	command.RunE = func(command *cobra.Command, args []string) error {
		studio, err := OpenStudio(app)
		if err != nil {
			return err
		}
		record, err := FindClient(app, args[0])
		if err != nil {
			return err
		}
		if err := studio.invite(command, c, record.Id); err != nil {
			return err
		}
		if record, err = FindClient(app, record.Id); err != nil {
			return err
		}
		invited := newClient(record)
		return answer(command, invited, "Invited "+invited.String()+".")
	}
	return command
}

func (s *Studio) invite(command *cobra.Command, c config.Config, id string) error {
	if s.server == nil {
		_, err := notify.Invite(s.app, c, id, time.Now())
		return err
	}
	response, err := s.call(command.Context(), http.MethodPost, "/api/studio/clients/"+id+"/invite", http.Header{}, nil)
	if err != nil {
		return fmt.Errorf("no invitation: %w", err)
	}
	return response.Body.Close()
}
