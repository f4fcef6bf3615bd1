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
	command.RunE = onClient(app, func(command *cobra.Command, writer *Writer, record *core.Record) error {
		if err := writer.invite(command, c, record.Id); err != nil {
			return err
		}
		record, err := FindClient(app, record.Id)
		if err != nil {
			return err
		}
		invited := newClient(record)
		return answer(command, invited, "Invited "+invited.String()+".")
	})
	return command
}

func (w *Writer) invite(command *cobra.Command, c config.Config, id string) error {
	if w.server == nil {
		_, err := notify.Invite(w.app, c, id, time.Now())
		return err
	}
	if err := w.send(command.Context(), http.MethodPost, "/api/studio/clients/"+id+"/invite", nil, nil); err != nil {
		return fmt.Errorf("no invitation: %w", err)
	}
	return nil
}
