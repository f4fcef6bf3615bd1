// Package importer imports the system that Greenroom replaces into an empty studio: its PostgreSQL database, whose schema
// Prisma made, and its files in the bucket.
//
//	source.go    finds the old tables and columns, and reads them in one snapshot
//	models.go    the ten models, with the names that their columns may have
//	convert.go   turns an old row into a new one or a reported problem; nothing is written if there is a problem
//	columns.go   checks and converts the value of one column
//	write.go     writes all rows in one transaction without hooks, so that nobody gets a mail or a live message
//	files.go     copies the old objects inside the bucket, afterwards, and as often as needed
//	report.go    the report for the owner: counts side by side, what was left out, what went wrong
//
// An id is 15 characters of a hash of the old one, so that a dry run and the real one give the same ids, and links can be
// rewritten by the map that is written beside the data.
package importer

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/pocketbase/pocketbase/core"
	"github.com/spf13/cobra"

	"greenroom/hooks/cli"
	"greenroom/hooks/cli/output"
	"greenroom/hooks/config"
	"greenroom/hooks/durable"
)

// options are the flags of the command.
type options struct {
	address string
	dryRun  bool
	again   bool
	files   string   // copy or skip
	without []string // tables and columns that the owner allows to leave out
}

// Register adds the command `greenroom import`.
func Register(app core.App, root *cobra.Command, c config.Config) {
	var o options
	var asJSON bool
	command := &cobra.Command{
		Use:   "import [URL]",
		Short: "Move the old system's PostgreSQL database into this empty studio",
		Long: `Move the old system's PostgreSQL database into this empty studio, in one transaction.

URL is postgres://USER@HOST/DATABASE; without it IMPORT_URL is read. The password comes from PGPASSWORD, from ~/.pgpass or
from a question, and is never printed. Stop the server first. docs/moving.md has the whole day of the move.`,
		Args:         cobra.MaximumNArgs(1),
		SilenceUsage: true,
		Annotations:  map[string]string{},
	}
	flags := command.Flags()
	flags.BoolVar(&o.dryRun, "dry-run", false, "do everything but keep it, and print the same report")
	flags.BoolVar(&o.again, "again", false, "replace an earlier import that nobody has changed anything in")
	flags.StringVar(&o.files, "files", "", "copy the files inside the bucket now, or skip them until `greenroom import files` (copy where a bucket is configured)")
	flags.StringSliceVar(&o.without, "without", nil, "a TABLE or TABLE.COLUMN that may be left out, because nobody needs it")
	command.PersistentFlags().BoolVar(&asJSON, "json", false, "print JSON for programs")
	command.RunE = func(command *cobra.Command, args []string) error {
		o.address = os.Getenv("IMPORT_URL")
		if len(args) > 0 {
			o.address = args[0]
		}
		if err := o.complete(c); err != nil {
			return err
		}
		if err := ready(app); err != nil {
			return err
		}
		say := progressTo(command.ErrOrStderr())
		r, err := run(command.Context(), app, o, time.Now)
		if err != nil {
			return err
		}
		if r.Problems == nil && !o.dryRun && o.files == "copy" {
			if r.Files, err = copyFiles(command.Context(), app, time.Now, say); err != nil {
				return err
			}
		}
		if err := output.Print(command.OutOrStdout(), asJSON, r, r.lines()...); err != nil {
			return err
		}
		return r.verdict()
	}
	command.AddCommand(filesCommand(app, c, &asJSON))
	root.AddCommand(command)
}

// complete sets missing options, and refuses combinations that cannot work.
func (o *options) complete(c config.Config) error {
	if strings.TrimSpace(o.address) == "" {
		return errors.New("say where the old database is: greenroom import postgres://USER@HOST/DATABASE, or set IMPORT_URL")
	}
	switch o.files {
	case "":
		o.files = "skip"
		if c.R2Bucket != "" {
			o.files = "copy"
		}
	case "copy":
		if c.R2Bucket == "" {
			return errors.New("the files are in a bucket, and none is configured here: set the four R2_ variables, or say --files skip")
		}
	case "skip":
	default:
		return fmt.Errorf("--files is copy or skip; %q is neither", o.files)
	}
	return nil
}

// ready checks that no server runs, not even one that is starting or stands by, and migrates the database.
func ready(app core.App) error {
	locked, _ := durable.IsLocked(app.DataDir()) // where a file system has no locks, a server that answers is noticed
	if locked || cli.Serves(app) {
		return errors.New("a server runs on " + app.DataDir() + ". Stop it first: an import has the studio for itself")
	}
	return cli.UpToDate(app)
}

// errRehearsal rolls a dry run back.
var errRehearsal = errors.New("only a rehearsal")

// run reads the old database and writes the studio in one transaction.
func run(ctx context.Context, app core.App, o options, now func() time.Time) (r *report, err error) {
	if err := mayImport(app, o.again); err != nil {
		return nil, err
	}
	src, err := open(ctx, o.address)
	if err != nil {
		return nil, err
	}
	defer src.close(ctx)
	if err := src.read(ctx, o.without); err != nil {
		return nil, err
	}
	s := convert(app, src)
	r = newReport(src, s, o)
	if len(r.Problems) > 0 {
		return r, nil
	}
	err = app.RunInTransaction(func(tx core.App) error {
		if err := s.write(tx, now()); err != nil {
			return err
		}
		if err := r.count(tx); err != nil {
			return err
		}
		if o.dryRun {
			return errRehearsal
		}
		return nil
	})
	if err != nil && !errors.Is(err, errRehearsal) {
		return nil, fmt.Errorf("the import was taken back, and nothing of it is here: %w", err)
	}
	if !o.dryRun {
		r.Map = filepath.Join(app.DataDir(), "import-map.csv")
		if err := s.writeMap(r.Map); err != nil {
			return nil, fmt.Errorf("everything is imported, but the map of the ids could not be written: %w", err)
		}
	}
	return r, nil
}
