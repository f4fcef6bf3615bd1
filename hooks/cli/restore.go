package cli

import (
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"time"

	"github.com/pocketbase/pocketbase/core"
	"github.com/spf13/cobra"

	"greenroom/hooks/config"
	"greenroom/hooks/durable"
)

func restoreCommand(app core.App, c config.Config) *cobra.Command {
	command := &cobra.Command{Use: "restore --to DIR", Short: "Restore the studio into a new directory, as it is or as it was",
		Long: "Restore the studio into a new directory: from the replica where REPLICA_URL is set, else from the newest backup in the data directory.\n" +
			"TIME is 2026-11-22 14:30 in the studio's time zone, or RFC 3339. What is served now is not touched.",
		Args: cobra.NoArgs, Annotations: map[string]string{WithoutData: "yes"}}
	jsonFlag(command)
	to := command.Flags().String("to", "", "the directory to restore into; it must be new or empty")
	at := command.Flags().String("at", "", "the time to go back to (now)")
	from := command.Flags().String("backup", "", "a backup's file name in the data directory, or a path, instead of the replica")
	command.RunE = func(command *cobra.Command, _ []string) error {
		moment, err := parseMoment(*at, c.Timezone)
		if err != nil {
			return err
		}
		dir, err := newDirectory(*to, app.DataDir())
		if err != nil {
			return err
		}
		source, err := restoreSource(app, c, *from, moment)
		if err != nil {
			return err
		}
		done, err := restoreFrom(command, source, dir)
		if err != nil {
			return errors.Join(err, emptyDirectory(dir))
		}
		return answer(command, done, done.lines()...)
	}
	return command
}

// restored describes a restore.
type restored struct {
	From       string           `json:"from"`
	To         string           `json:"to"`
	Seconds    float64          `json:"seconds"`
	FilesToo   bool             `json:"filesToo"`
	Studio     durable.Contents `json:"studio"`
	moreToKnow string
}

func (r restored) lines() []string {
	lines := []string{fmt.Sprintf("Restored from %s to %s in %.1f s, and checked.", r.From, r.To, r.Seconds), "It holds " + r.Studio.String() + "."}
	if !r.Studio.ChangedAt.IsZero() {
		lines = append(lines, "The last change in it was made at "+r.Studio.ChangedAt.Format(time.RFC3339)+".")
	}
	if r.moreToKnow != "" {
		lines = append(lines, r.moreToKnow)
	}
	return append(lines, "It is a copy, which sends no mail and reaches nothing outside. To look at it: greenroom serve --dir "+r.To+" --http 127.0.0.1:8091.",
		"To make it the studio, stop the one that is served now and remove "+filepath.Join(r.To, durable.CopyMark)+".")
}

// source is what a restore reads: a backup or the replica.
type source struct {
	name       string
	filesToo   bool
	moreToKnow string
	restore    func(ctx context.Context, dir string) (durable.Contents, error)
}

func restoreSource(app core.App, c config.Config, backup string, at time.Time) (source, error) {
	if c.ReplicaURL != nil && backup == "" {
		return source{name: "the replica", moreToKnow: "Uploaded files are not part of a replica: they are in R2, or in the backups.",
			restore: func(ctx context.Context, dir string) (durable.Contents, error) {
				return durable.RestoreReplica(ctx, c, dir, at)
			}}, nil
	}
	archive, err := findBackup(filepath.Join(app.DataDir(), core.LocalBackupsDirName), backup, at)
	if err != nil {
		return source{}, err
	}
	return source{name: archive, filesToo: true, restore: func(ctx context.Context, dir string) (durable.Contents, error) {
		return durable.RestoreBackup(ctx, archive, dir)
	}}, nil
}

// clockSlack is how far in the future the date of a backup may lie.
const clockSlack = 5 * time.Minute

// findBackup returns the named backup, or the newest that is not newer than the time.
func findBackup(dir, name string, at time.Time) (string, error) {
	if name != "" {
		if !strings.ContainsRune(name, filepath.Separator) {
			name = filepath.Join(dir, name)
		}
		if _, err := os.Stat(name); err != nil {
			return "", fmt.Errorf("there is no backup %s: backups are listed in the dashboard under Settings, Backups", name)
		}
		return name, nil
	}
	found, err := filepath.Glob(filepath.Join(dir, "*.zip"))
	if err != nil {
		return "", err
	}
	newest, made, latest := "", time.Time{}, at
	if at.IsZero() { // such a backup was made while the clock was ahead, and may be the oldest
		latest = time.Now().Add(clockSlack)
	}
	for _, path := range found {
		info, err := os.Stat(path)
		if err == nil && info.ModTime().After(made) && !info.ModTime().After(latest) {
			newest, made = path, info.ModTime()
		}
	}
	if newest == "" {
		which := "backup"
		if !at.IsZero() {
			which = "backup of that time"
		}
		return "", fmt.Errorf("there is no %s in %s: name another directory with --dir, or set REPLICA_URL", which, dir)
	}
	return newest, nil
}

func restoreFrom(command *cobra.Command, from source, dir string) (restored, error) {
	started := time.Now()
	fmt.Fprintf(command.ErrOrStderr(), "Restoring from %s to %s.\n", from.name, dir)
	ctx, cancel := context.WithCancel(command.Context())
	defer cancel()
	go sayProgress(ctx, command.ErrOrStderr(), dir)
	contents, err := from.restore(ctx, dir)
	return restored{from.name, dir, time.Since(started).Seconds(), from.filesToo, contents, from.moreToKnow}, err
}

// progressEvery is rare enough for somebody who hears every line.
const progressEvery = 10 * time.Second

// sayProgress prints the size of what is restored until the context ends.
func sayProgress(ctx context.Context, out io.Writer, dir string) {
	ticker := time.NewTicker(progressEvery)
	defer ticker.Stop()
	for {
		select {
		case <-ctx.Done():
			return
		case <-ticker.C:
			fmt.Fprintf(out, "%.0f MB so far.\n", float64(sizeOf(dir))/(1<<20))
		}
	}
}

func sizeOf(dir string) (bytes int64) {
	_ = filepath.WalkDir(dir, func(_ string, entry fs.DirEntry, err error) error {
		if err != nil { // the file was renamed in the meantime
			return nil
		}
		if info, err := entry.Info(); err == nil && info.Mode().IsRegular() {
			bytes += info.Size()
		}
		return nil
	})
	return bytes
}

// parseMoment parses a time in the past; empty means now.
func parseMoment(text string, zone *time.Location) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	at, err := timeOf(text, zone)
	if err != nil {
		return at, fmt.Errorf("--at is malformed: %w", err)
	}
	if at.After(time.Now()) {
		return at, errors.New("--at is in the future: leave it out to restore what is newest")
	}
	return at, nil
}

// newDirectory makes the directory to restore into. The live data directory is refused.
func newDirectory(to, dataDir string) (string, error) {
	if to == "" {
		return "", errors.New("say with --to which directory to restore into; it must be new or empty")
	}
	dir, err := filepath.Abs(to)
	if err != nil {
		return "", err
	}
	live, err := filepath.Abs(dataDir)
	if err != nil {
		return "", err
	}
	if within, err := filepath.Rel(live, dir); err == nil && (within == "." || filepath.IsLocal(within)) {
		return "", fmt.Errorf("%s is in the data directory: restore into another one, look at it, then swap the two while the server is stopped", dir)
	}
	if err := os.MkdirAll(dir, 0o700); err != nil {
		return "", fmt.Errorf("%s cannot be made: %w", dir, err)
	}
	entries, err := os.ReadDir(dir)
	if err != nil {
		return "", err
	}
	if len(entries) > 0 {
		return "", fmt.Errorf("%s is not empty: name a new directory", dir)
	}
	return dir, nil
}

// emptyDirectory removes what a failed restore left.
func emptyDirectory(dir string) error {
	entries, err := os.ReadDir(dir)
	for _, entry := range entries {
		err = errors.Join(err, os.RemoveAll(filepath.Join(dir, entry.Name())))
	}
	return err
}
