package cli

import (
	"errors"
	"net/http"

	"github.com/pocketbase/pocketbase/core"
	"github.com/spf13/cobra"

	"greenroom/hooks/access"
	"greenroom/hooks/config"
)

// secondFactorCommand switches the mailed code beside the password on or off. An owner whose mail does not arrive can
// sign in again by it.
func secondFactorCommand(app core.App, c config.Config) *cobra.Command {
	command := &cobra.Command{Use: "second-factor on|off", Short: "Ask for a code by mail beside the dashboard's password, or no longer",
		Args: cobra.ExactArgs(1), ValidArgs: []string{"on", "off"}}
	jsonFlag(command)
	command.RunE = func(command *cobra.Command, args []string) error {
		on := args[0] == "on"
		if !on && args[0] != "off" {
			return errors.New("say on or off")
		}
		writer, err := OpenWriter(app)
		if err != nil {
			return err
		}
		if err := writer.switchFactor(command, c, on); err != nil {
			return err
		}
		say := "The dashboard opens with the password alone."
		if on {
			say = "The dashboard asks for a code by mail beside the password. If none arrives: greenroom superuser otp EMAIL makes one here, and greenroom second-factor off ends this."
		}
		return answer(command, map[string]bool{"on": on}, say)
	}
	return command
}

// switchFactor makes the change through the running server, which caches the collections, or directly without one.
func (w *Writer) switchFactor(command *cobra.Command, c config.Config, on bool) error {
	if w.server == nil {
		return access.SetSecondFactor(w.app, c, on)
	}
	return w.send(command.Context(), http.MethodPost, access.SecondFactorPath, map[string]bool{"on": on}, nil)
}
