package cli

import (
	"bytes"
	"encoding/json"
	"errors"
	"net/http"

	"github.com/pocketbase/pocketbase/core"
	"github.com/spf13/cobra"

	"greenroom/hooks/access"
	"greenroom/hooks/config"
)

// secondFactorCommand switches what the dashboard asks for beside the password. It is also the way back in for an owner
// whose mail does not arrive.
func secondFactorCommand(app core.App, c config.Config) *cobra.Command {
	command := &cobra.Command{Use: "second-factor on|off", Short: "Ask for a code by mail beside the dashboard's password, or no longer",
		Args: cobra.ExactArgs(1), ValidArgs: []string{"on", "off"}}
	jsonFlag(command)
	command.RunE = func(command *cobra.Command, args []string) error {
		on := args[0] == "on"
		if !on && args[0] != "off" {
			return errors.New("say on or off")
		}
		studio, err := OpenStudio(app)
		if err != nil {
			return err
		}
		if err := studio.switchFactor(command, c, on); err != nil {
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

// switchFactor has the running server do it, which keeps the collections in memory.
func (s *Studio) switchFactor(command *cobra.Command, c config.Config, on bool) error {
	if s.server == nil {
		return access.SetSecondFactor(s.app, c, on)
	}
	body, err := json.Marshal(map[string]bool{"on": on})
	if err != nil {
		return err
	}
	response, err := s.call(command.Context(), http.MethodPost, access.SecondFactorPath, http.Header{"Content-Type": {"application/json"}}, bytes.NewReader(body))
	if err != nil {
		return err
	}
	return response.Body.Close()
}
