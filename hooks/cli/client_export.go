package cli

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"

	"github.com/pocketbase/pocketbase/core"
	"github.com/spf13/cobra"

	"greenroom/hooks/archive"
	"greenroom/hooks/config"
	"greenroom/hooks/phrases"
)

func clientExport(app core.App, c config.Config) *cobra.Command {
	command := &cobra.Command{Use: "export WHO", Short: "Write everything of a client to a ZIP file", Args: one("WHO, the client's email or id"),
		Long: "Write everything of a client to a ZIP file: each project with its files, receipts and a page to read, and all of it as JSON.\n" +
			"WHO is their email or their id. Files that open when an invoice is paid are named and not included.",
		Example: "greenroom client export nora@example.com --to nora.zip"}
	to := command.Flags().String("to", "", "the file to write, which must not be there yet")
	command.RunE = func(command *cobra.Command, args []string) error {
		if *to == "" {
			return errors.New("say which file to write: --to FILE.zip")
		}
		if err := UpToDate(app); err != nil {
			return err
		}
		client, err := FindClientProper(app, args[0])
		if err != nil {
			return err
		}
		done, err := exportTo(command, app, c, client, *to)
		if err != nil {
			return err
		}
		lines := []string{fmt.Sprintf("Wrote %s: %s, %s, %s.", *to, phrases.Count(done.Projects, "project"), phrases.Count(done.Files, "file"), phrases.Bytes(done.Bytes))}
		for _, name := range done.Locked {
			lines = append(lines, "Not included, for its invoice is not paid: "+name)
		}
		for _, name := range done.Failed {
			lines = append(lines, "Could not be read: "+name)
		}
		if err := answer(command, done, lines...); err != nil {
			return err
		}
		if len(done.Failed) > 0 {
			return fmt.Errorf("%s could not be read; everything else is in %s", phrases.Count(len(done.Failed), "file"), *to)
		}
		return nil
	}
	return command
}

// exportTo writes to a temporary file and renames it at the end, so that an incomplete archive never has the name.
func exportTo(command *cobra.Command, app core.App, c config.Config, client *core.Record, to string) (done archive.Done, err error) {
	if _, err := os.Lstat(to); err == nil {
		return done, fmt.Errorf("%s is there already: name another file", to)
	}
	half, err := os.CreateTemp(filepath.Dir(to), ".greenroom-export-*")
	if err != nil {
		return done, fmt.Errorf("%s cannot be written: %w", to, err)
	}
	defer os.Remove(half.Name()) // the temporary name, which a rename has already taken away
	done, err = archive.WriteClient(command.Context(), app, c, client, half)
	if err = errors.Join(err, half.Sync(), half.Close()); err != nil {
		return done, fmt.Errorf("%s could not be written: %w", to, err)
	}
	return done, place(half.Name(), to)
}

// place gives a finished file its name, unless a file of that name has come meanwhile, which only a file system with
// links tells for certain.
func place(half, to string) error {
	err := os.Link(half, to)
	if err == nil {
		return nil
	}
	if errors.Is(err, os.ErrExist) {
		return fmt.Errorf("%s has come meanwhile and is kept: name another file", to)
	}
	return os.Rename(half, to) // for file systems without links
}
