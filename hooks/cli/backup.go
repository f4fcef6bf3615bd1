package cli

import (
	"context"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/pocketbase/pocketbase/core"
	"github.com/spf13/cobra"

	"greenroom/hooks/integrations"
)

// backupTimeout is the longest that a backup of a large studio may take.
const backupTimeout = time.Hour

func backupCommand(app core.App) *cobra.Command {
	command := &cobra.Command{Use: "backup", Short: "Make a backup now, and check it by opening it", Args: cobra.NoArgs,
		Long: "Make a backup of the databases and the files on this machine, as every night. It is checked by opening it."}
	jsonFlag(command)
	command.RunE = func(command *cobra.Command, _ []string) error {
		writer, err := OpenWriter(app)
		if err != nil {
			return err
		}
		name := "backup_" + strings.ToLower(time.Now().UTC().Format("20060102T150405Z")) + ".zip"
		fmt.Fprintln(command.ErrOrStderr(), "Making a backup of "+app.DataDir()+". A large studio takes a few minutes.")
		if err := writer.backUp(command.Context(), name); err != nil {
			return fmt.Errorf("the backup was not made: %w", err)
		}
		made, err := madeBackup(app, name)
		if err != nil {
			return err
		}
		return answer(command, made, "Backup made and checked: "+made.Path+made.sizeInWords()+".", "It holds "+made.Holds+".")
	}
	return command
}

// backUp makes a backup. A running server makes it itself, because only it knows which files are being written.
func (w *Writer) backUp(ctx context.Context, name string) error {
	if w.server == nil {
		return w.app.CreateBackup(ctx, name)
	}
	ctx, cancel := context.WithTimeout(ctx, backupTimeout)
	defer cancel()
	return w.send(ctx, http.MethodPost, "/api/backups", map[string]string{"name": name}, nil)
}

// backup describes a backup.
type backup struct {
	Name  string `json:"name"`
	Path  string `json:"path"`  // a path, or the name of the bucket
	Size  int64  `json:"size"`  // bytes; 0 in a bucket
	Holds string `json:"holds"` // how many records it contains
}

func (b backup) sizeInWords() string {
	if b.Size == 0 {
		return ""
	}
	return fmt.Sprintf(", %.1f MB", float64(b.Size)/(1<<20))
}

// madeBackup reads what was stored about a backup when it was verified.
func madeBackup(app core.App, name string) (b backup, err error) {
	row, err := integrations.Row(app, "durable:backup")
	if err != nil {
		return b, err
	}
	if row == nil || !strings.HasPrefix(row.GetString("cursor"), name+": ") {
		return b, fmt.Errorf("%s was made and could not be checked: look in the log", name)
	}
	b = backup{Name: name, Path: filepath.Join(app.DataDir(), core.LocalBackupsDirName, name), Holds: strings.TrimPrefix(row.GetString("cursor"), name+": ")}
	if s3 := app.Settings().Backups.S3; s3.Enabled {
		b.Path = name + " in the bucket " + s3.Bucket
	} else if info, err := os.Stat(b.Path); err == nil {
		b.Size = info.Size()
	}
	return b, nil
}
