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

// A restore into a new directory makes a copy, to look something up in while the studio goes on elsewhere. Served as if
// it were the studio it would send the mails that waited in it a second time, and write to the buckets, the calendar's
// channels and the payments of the real one. So a restore leaves a mark, and what is marked reaches nothing outside.
// Removing the mark says that the copy is the studio from now on. What a server restores by itself has none: the
// machine before it is dead.

// CopyMark is the file in a data directory that makes it a copy.
const CopyMark = "restored-copy.txt"

// IsCopy tells whether a data directory is a copy.
func IsCopy(dataDir string) bool { return exists(filepath.Join(dataDir, CopyMark)) }

// markCopy comes before what is restored, so that no crash leaves a copy without its mark.
func markCopy(dir string) error {
	text := fmt.Sprintf("This directory was restored at %s and is a copy of the studio. While this file is here, it sends no mail and reaches nothing outside.\n"+
		"To make it the studio, stop the one that is served now and remove this file.\n", inWords(time.Now()))
	return os.WriteFile(filepath.Join(dir, CopyMark), []byte(text), 0o600)
}

// Reach is what of the configuration holds for a data directory: in a copy only what leads to nothing outside.
func Reach(dataDir string, c config.Config) config.Config {
	if !IsCopy(dataDir) {
		return c
	}
	return config.Config{URL: c.URL, Studio: c.Studio, Owner: c.Owner, OwnerEmail: c.OwnerEmail, Timezone: c.Timezone, MaxUpload: c.MaxUpload, Sync: c.Sync}
}

// stayInside does the same to what the dashboard's settings lead to, and says so when the copy is served.
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
		e.Exclude = append(e.Exclude, CopyMark) // what is restored from it is marked anew
		return e.Next()
	})
	app.OnServe().BindFunc(func(e *core.ServeEvent) error {
		say("THIS IS A RESTORED COPY of the studio. It sends no mail, and does not reach Clerk, Google, Stripe, the buckets or the replica;")
		say("files in a bucket do not open, and your own automations do not run. What is changed here stays here.")
		say("To make it the studio: stop the one that is served now, remove %s, and start again.", filepath.Join(e.App.DataDir(), CopyMark))
		return e.Next()
	})
}
