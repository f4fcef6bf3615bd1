package cli

import (
	"context"
	"errors"
	"fmt"
	"net"
	"net/http"
	"time"

	"github.com/pocketbase/pocketbase/core"
	"github.com/spf13/cobra"

	"greenroom/hooks/config"
	"greenroom/hooks/durable"
)

// healthTimeout is shorter than the timeout of a container's health check.
const healthTimeout = 3 * time.Second

// healthCommand reports the health by its exit status, for the health check of a container, whose image has no other
// program. A standby is healthy; restarting it would not help.
func healthCommand(app core.App, c config.Config) *cobra.Command {
	command := &cobra.Command{Use: "health", Short: "Tell whether the server on this data directory does its work; exits with 1 where it does not", Args: cobra.NoArgs,
		Annotations: map[string]string{WithoutData: "yes", AnyConfig: "yes"}}
	jsonFlag(command)
	command.RunE = func(command *cobra.Command, _ []string) error {
		state, err := healthOf(command.Context(), app, c)
		if err != nil {
			return err
		}
		return answer(command, map[string]string{"state": state}, "The server "+state+".")
	}
	return command
}

func healthOf(ctx context.Context, app core.App, c config.Config) (state string, err error) {
	ctx, cancel := context.WithTimeout(ctx, healthTimeout)
	defer cancel()
	if Serves(app) {
		return "serves the studio", asksItself(ctx, app)
	}
	runs, err := durable.IsLocked(app.DataDir())
	switch {
	case err != nil:
		return "", fmt.Errorf("nobody can tell whether a server runs on %s: %w", app.DataDir(), err)
	case !runs:
		return "", fmt.Errorf("no server runs on %s", app.DataDir())
	case c.Lease:
		return "stands by", nil
	}
	return "", errors.New("the server has started and does not serve yet")
}

// asksItself sends the server a request through its socket.
func asksItself(ctx context.Context, app core.App) error {
	dial := func(ctx context.Context, _, _ string) (net.Conn, error) {
		return new(net.Dialer).DialContext(ctx, "unix", socketPath(app))
	}
	client := &http.Client{Transport: &http.Transport{DialContext: dial, DisableKeepAlives: true}}
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, "http://greenroom/api/health", nil)
	if err != nil {
		return err
	}
	response, err := client.Do(request)
	if err != nil {
		return fmt.Errorf("the server does not answer: %w", err)
	}
	defer response.Body.Close()
	if response.StatusCode != http.StatusOK {
		return fmt.Errorf("the server answers %s", response.Status)
	}
	return nil
}
