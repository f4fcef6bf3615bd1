package cli

import (
	"bufio"
	"cmp"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"

	"github.com/pocketbase/pocketbase/core"
	"github.com/spf13/cobra"

	"greenroom/hooks/calendar"
	"greenroom/hooks/config"
)

func calendarCommand(app core.App, c config.Config) *cobra.Command {
	command := group("calendar", "Keep the bookings in step with Google Calendar", calendarSync(app, c))
	jsonFlag(command)
	return command
}

func calendarSync(app core.App, c config.Config) *cobra.Command {
	command := &cobra.Command{Use: "sync", Short: "Take over what changed in the calendar, now", Args: cobra.NoArgs}
	full := command.Flags().Bool("full", false, "read the whole window again, 90 days back and 30 ahead")
	command.RunE = func(command *cobra.Command, _ []string) error {
		writer, err := OpenWriter(app)
		if err != nil {
			return err
		}
		progress := func(sentence string) { fmt.Fprintln(command.ErrOrStderr(), sentence) }
		var done calendar.Result
		if writer.server != nil {
			done, err = writer.syncThere(command.Context(), *full, progress)
		} else {
			done, err = syncHere(command.Context(), app, c, *full, progress)
		}
		if err != nil {
			return err
		}
		return answer(command, done, fmt.Sprintf("%d created, %d updated, %d cancelled, %d unchanged.", done.Created, done.Updated, done.Cancelled, done.Unchanged))
	}
	return command
}

func syncHere(ctx context.Context, app core.App, c config.Config, full bool, progress func(string)) (calendar.Result, error) {
	service := calendar.New(app, c)
	if service == nil {
		return calendar.Result{}, calendar.ErrNotSetUp
	}
	done, err := service.Sync(ctx, full, progress)
	if err != nil {
		return done, errors.New(calendar.Sentence(err))
	}
	return done, nil
}

// syncThere has the running server sync, so that its open pages are told, and passes its progress on line by line.
func (w *Writer) syncThere(ctx context.Context, full bool, progress func(string)) (done calendar.Result, err error) {
	path := calendar.SyncPath
	if full {
		path += "?full=1"
	}
	response, err := w.call(ctx, http.MethodPost, path, http.Header{"Accept": {calendar.ProgressType}}, nil)
	if err != nil {
		return done, err
	}
	defer response.Body.Close()
	lines := bufio.NewScanner(response.Body)
	for lines.Scan() {
		var line struct {
			calendar.Result
			Progress string `json:"progress"`
			Message  string `json:"message"`
		}
		if err := json.Unmarshal(lines.Bytes(), &line); err != nil {
			return done, fmt.Errorf("the running server's answer could not be read: %w", err)
		}
		switch {
		case line.Message != "":
			return done, errors.New(line.Message)
		case line.Progress == "":
			return line.Result, nil
		}
		progress(line.Progress)
	}
	return done, fmt.Errorf("the running server broke off (%w); what it had read is kept, so sync again", cmp.Or(lines.Err(), io.ErrUnexpectedEOF))
}
