package durable

import (
	"archive/zip"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/router"

	"greenroom/hooks/integrations"
)

// verifyBackups checks each backup when it is made, nightly or by hand: the archive is opened, its database is read,
// and the counts are stored in the row durable:backup of integrations. A backup that cannot be restored is reported as
// failed.
func verifyBackups(app core.App) {
	app.OnBackupCreate().BindFunc(func(e *core.BackupEvent) error {
		e.Exclude = append(e.Exclude, ownDir, upgradesDir)
		err := e.Next()
		if err == nil {
			err = verifyBackup(e)
		}
		if err != nil {
			trouble := "The last backup failed. Look whether the disk is full, then run: greenroom backup"
			err = errors.Join(fmt.Errorf("durable: backup %s: %w", e.Name, err), integrations.Set(e.App, backupRow, "failed", e.Name, trouble))
		}
		return err
	})
}

func verifyBackup(e *core.BackupEvent) error {
	dir, remove, err := scratch(e.App.DataDir())
	if err != nil {
		return err
	}
	defer remove()
	archive := filepath.Join(e.App.DataDir(), core.LocalBackupsDirName, e.Name)
	if e.App.Settings().Backups.S3.Enabled {
		archive = filepath.Join(dir, "backup.zip")
		if err := fetchBackup(e, archive); err != nil {
			return err
		}
	}
	contents, err := InspectBackup(e.Context, archive, dir)
	if err != nil {
		return err
	}
	return integrations.Set(e.App, backupRow, integrations.OK, e.Name+": "+contents.String(), "")
}

// fetchBackup downloads a backup from the bucket that PocketBase's settings name, because an archive can only be opened
// as a local file.
func fetchBackup(e *core.BackupEvent, path string) error {
	backups, err := e.App.NewBackupsFilesystem()
	if err != nil {
		return err
	}
	defer backups.Close()
	backups.SetContext(e.Context)
	from, err := backups.GetReader(e.Name)
	if err != nil {
		return err
	}
	defer from.Close()
	return writeFile(path, from)
}

// ListBackup returns an error unless the archive can be opened and holds a database that is not empty. It unpacks
// nothing.
func ListBackup(archive string) error {
	reader, err := zip.OpenReader(archive)
	if err != nil {
		return err
	}
	defer reader.Close()
	info, err := fs.Stat(reader, dataFile)
	if err == nil && info.Size() == 0 {
		err = errors.New(dataFile + " in it is empty")
	}
	return err
}

// InspectBackup unpacks the archive's database, and nothing else, into dir, and inspects it. The directory must not
// hold a database yet.
func InspectBackup(ctx context.Context, archive, dir string) (Contents, error) {
	reader, err := zip.OpenReader(archive)
	if err != nil {
		return Contents{}, err
	}
	defer reader.Close()
	from, err := reader.Open(dataFile)
	if err != nil {
		return Contents{}, err
	}
	defer from.Close()
	path := filepath.Join(dir, dataFile)
	if err := writeFile(path, from); err != nil {
		return Contents{}, err
	}
	return Inspect(ctx, path)
}

// writeFile creates a file and flushes it to the disk (fsync). An existing file is an error.
func writeFile(path string, from io.Reader) error {
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o600)
	if err != nil {
		return err
	}
	_, err = io.Copy(file, from)
	return errors.Join(err, file.Sync(), file.Close())
}

// refuseRestoreInPlace makes the dashboard's "restore" fail while a replica is configured: the replica would be ahead
// of the restored data, and the server could not start.
func (s *service) refuseRestoreInPlace() {
	s.app.OnBackupRestore().BindFunc(func(e *core.BackupEvent) error {
		if s.config.ReplicaURL != nil {
			return router.NewBadRequestError("With a replica, a backup is restored into a new directory: greenroom restore --backup NAME --to DIR.", nil)
		}
		return e.Next()
	})
}
