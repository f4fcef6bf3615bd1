// Package doctor checks the health of a studio: `greenroom doctor` prints one line for each subject, with the remedy if
// something is wrong. It opens the databases read-only and without PocketBase, and changes nothing; only --repair
// removes files that belong to no record.
package doctor

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase"
	"github.com/pocketbase/pocketbase/core"
	"github.com/spf13/cobra"

	"greenroom/hooks/cli"
	"greenroom/hooks/cli/output"
	"greenroom/hooks/config"
	"greenroom/hooks/durable"
)

// Register adds the command. mistake is the error of the configuration, if any.
func Register(app *pocketbase.PocketBase, c config.Config, mistake error) {
	app.RootCmd.AddCommand(command(app, c, mistake))
}

func command(app core.App, c config.Config, mistake error) *cobra.Command {
	command := &cobra.Command{Use: "doctor", Short: "Look whether everything is well, and say what to do where it is not",
		Args: cobra.NoArgs, Annotations: map[string]string{cli.WithoutData: "yes", cli.AnyConfig: "yes"}}
	asJSON := command.Flags().Bool("json", false, "print JSON for programs")
	mailTo := command.Flags().String("mail", "", "also send a mail to this address")
	compare := command.Flags().Bool("files", false, "compare every attachment with the files that are stored")
	repair := command.Flags().Bool("repair", false, "with --files: remove files that belong to nothing and are older than a day")
	command.RunE = func(command *cobra.Command, _ []string) error {
		dir, err := filepath.Abs(app.DataDir())
		if err != nil {
			return err
		}
		served := cli.Serves(app)
		if *repair && mayBeBehind(dir, c, served) {
			return errors.New("what is here may not know the newest files, so nothing is removed: repair where the studio is served")
		}
		p := &patient{dir: dir, config: c, mistake: mistake, now: time.Now(), space: space, ownerOf: ownerOf, envFile: envFile(), served: served, keyName: app.EncryptionEnv(),
			reachReplica: durable.ReachReplica, bucketMayTake: bucketMayTake, compareFiles: *compare || *repair, repairFiles: *repair}
		defer p.close()
		r := p.examine()
		if *mailTo != "" {
			r.Checks = append(r.Checks, tryMail(app, durable.Reach(dir, c), *mailTo))
		}
		r = r.sorted()
		if err := output.Print(command.OutOrStdout(), *asJSON, r, r.lines()...); err != nil {
			return err
		}
		if n := r.count(fails); n > 0 {
			return fmt.Errorf("%d of %d checks failed", n, len(r.Checks))
		}
		return nil
	}
	return command
}

// mayBeBehind reports whether the data may be older than the bucket, as on a restored copy or a standby: files without
// a record may then be wanted elsewhere.
func mayBeBehind(dir string, c config.Config, served bool) bool {
	return durable.IsCopy(dir) || c.Lease && !served
}

// patient is the studio that is checked.
type patient struct {
	dir     string
	config  config.Config
	mistake error
	now     time.Time
	envFile string // the .env file beside the binary
	served  bool   // whether a server runs on the data directory now

	space        func(dir string) (free, total uint64, err error)
	ownerOf      func(info fs.FileInfo) uint32
	reachReplica func(ctx context.Context, c config.Config) error

	bucketMayTake time.Duration

	compareFiles, repairFiles bool

	keyName string // the name of the variable with the key that encrypts the settings

	data, logs *dbx.DB // nil if a database is missing or damaged
	damaged    bool
	behind     bool // the database is that of an earlier release
}

// examinations are all checks in order; later ones depend on earlier ones. One that has nothing to check returns the
// zero check.
var examinations = []func(p *patient) check{
	configuration, secrets, dataDirectory, restoredCopy, standby, diskSpace, database, migrations, clock, schema, rows, searchIndex,
	signUp, secondFactor, rules, clerk, calendar, bookingHours, stripe, mail, files, backups, replica,
}

func (p *patient) examine() report {
	r := report{Checks: []check{}}
	for _, look := range examinations {
		if c := look(p); c != (check{}) {
			r.Checks = append(r.Checks, c)
		}
	}
	return r
}
