package durable

import (
	"fmt"
	"os"
	"path/filepath"
	"time"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/hook"

	"greenroom/hooks/config"
)

// A restore into a new directory makes a copy, for looking something up while the studio runs elsewhere. If the copy
// were served as the studio, it would send the mails in its outbox a second time, and write to the studio's buckets,
// calendar channels and Stripe account. Therefore a restore writes a marker file (CopyMark), and a marked directory
// reaches no outside service. Removing the file makes the copy the studio. A restore that the server does by itself,
// into an empty data directory, writes no marker: it replaces a machine that is gone.

// CopyMark is the file in a data directory that makes it a copy.
const CopyMark = "restored-copy.txt"

// IsCopy reports whether a data directory holds the marker file of a copy.
func IsCopy(dataDir string) bool { return exists(filepath.Join(dataDir, CopyMark)) }

// markCopy writes the marker. It is called before anything is restored, so that a crash never leaves a copy without it.
func markCopy(dir string) error {
	text := fmt.Sprintf("This directory was restored at %s and is a copy of the studio. While this file is here, it sends no mail and reaches nothing outside.\n"+
		"To make it the studio, stop the one that is served now and remove this file.\n", inWords(time.Now()))
	return os.WriteFile(filepath.Join(dir, CopyMark), []byte(text), 0o600)
}

// Reach returns the configuration that applies to a data directory: all of c, or for a copy only the settings that lead
// to no outside service.
func Reach(dataDir string, c config.Config) config.Config {
	if !IsCopy(dataDir) {
		return c
	}
	return config.Config{URL: c.URL, Studio: c.Studio, Owner: c.Owner, OwnerEmail: c.OwnerEmail, Timezone: c.Timezone, MaxUpload: c.MaxUpload, Sync: c.Sync}
}

// stayInside makes a copy ignore the mail server and buckets in the dashboard's stored settings, and prints at start
// that it is a copy. It does nothing where the directory is none.
func stayInside(app core.App) {
	if !IsCopy(app.DataDir()) {
		return
	}
	app.OnSettingsReload().Bind(&hook.Handler[*core.SettingsReloadEvent]{Priority: firstOfAll, Func: func(e *core.SettingsReloadEvent) error {
		err := e.Next()
		s := e.App.Settings()
		s.SMTP.Enabled, s.S3.Enabled, s.Backups.S3.Enabled = false, false, false
		return err
	}})
	app.OnSettingsUpdateRequest().BindFunc(func(e *core.SettingsUpdateRequestEvent) error {
		return e.BadRequestError("The settings of a restored copy cannot be changed, for they would be stored with everything switched off.", nil)
	})
	app.OnBackupCreate().BindFunc(func(e *core.BackupEvent) error {
		e.Exclude = append(e.Exclude, CopyMark) // a restore of this backup writes a new marker
		return e.Next()
	})
	app.OnServe().BindFunc(func(e *core.ServeEvent) error {
		say("THIS IS A RESTORED COPY of the studio. It sends no mail, and does not reach Clerk, Google, Stripe, the buckets or the replica;")
		say("files in a bucket do not open, and your own automations do not run. What is changed here stays here.")
		say("To make it the studio: stop the one that is served now, remove %s, and start again.", filepath.Join(e.App.DataDir(), CopyMark))
		return e.Next()
	})
}
