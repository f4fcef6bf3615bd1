package importer

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"io"
	"time"

	"github.com/pocketbase/pocketbase/core"
	"github.com/spf13/cobra"

	"greenroom/hooks/cli/output"
	"greenroom/hooks/config"
	"greenroom/hooks/files"
	"greenroom/hooks/integrations"
	"greenroom/hooks/phrases"
)

// copied is the result of copying the old objects.
type copied struct {
	Copied  int      `json:"copied"`
	Bytes   int64    `json:"bytes"`
	Missing []string `json:"missing"` // names of files whose object does not exist
	Failed  []string `json:"failed"`  // names of files that could not be copied this time, with the reason
}

// filesCommand is `greenroom import files`, which continues an interrupted copy.
func filesCommand(app core.App, c config.Config, asJSON *bool) *cobra.Command {
	return &cobra.Command{Use: "files", Short: "Copy the imported files that are still in their old place in the bucket", Args: cobra.NoArgs, SilenceUsage: true,
		RunE: func(command *cobra.Command, _ []string) error {
			if c.R2Bucket == "" {
				return errors.New("the files are in a bucket, and none is configured here: set the four R2_ variables")
			}
			if err := ready(app); err != nil {
				return err
			}
			done, err := copyFiles(command.Context(), app, time.Now, progressTo(command.ErrOrStderr()))
			if err != nil {
				return err
			}
			if err := output.Print(command.OutOrStdout(), *asJSON, done, done.lines()...); err != nil {
				return err
			}
			return done.verdict()
		}}
}

// copyFiles copies each waiting object, inside the bucket, to the key that the studio uses, and removes its mark once
// the copy has the size of the original. A missing object is reported and does not stop the others.
func copyFiles(ctx context.Context, app core.App, now func() time.Time, say func(line string)) (*copied, error) {
	bucket, err := files.OpenCopier(app)
	if err != nil {
		return nil, err
	}
	rows, err := integrations.Rows(app, marker, "")
	if err != nil {
		return nil, err
	}
	done := &copied{Missing: []string{}, Failed: []string{}}
	p := progress{started: now(), total: len(rows), now: now, say: say}
	for _, row := range rows {
		attachment, err := app.FindRecordById("attachments", row.GetString("name")[len(filePrefix):])
		if errors.Is(err, sql.ErrNoRows) { // the attachment was deleted in the meantime
			if err := app.Delete(row); err != nil {
				return nil, err
			}
			continue
		}
		if err != nil {
			return nil, fmt.Errorf("the imported files could not be read: %w", err)
		}
		size, err := bucket.Copy(ctx, row.GetString("cursor"), attachment.GetString("url"))
		name := attachment.GetString("filename") + " (" + row.GetString("cursor") + ")"
		switch {
		case ctx.Err() != nil:
			return done, ctx.Err()
		case errors.Is(err, files.ErrNoObject):
			done.Missing = append(done.Missing, name)
			err = integrations.Set(app, row.GetString("name"), missing, row.GetString("cursor"), "There is no such object in the bucket: "+row.GetString("cursor"))
		case err != nil:
			done.Failed = append(done.Failed, name+": "+err.Error())
			err = integrations.Set(app, row.GetString("name"), waiting, row.GetString("cursor"), err.Error())
		default:
			done.Copied++
			done.Bytes += size
			err = finish(app, row, attachment, size)
		}
		if err != nil {
			return nil, err
		}
		p.step(size)
	}
	return done, nil
}

// finish removes the mark and stores the real size of the file.
func finish(app core.App, row, attachment *core.Record, size int64) error {
	return app.RunInTransaction(func(tx core.App) error {
		if _, err := tx.DB().NewQuery("UPDATE attachments SET size = {:size} WHERE id = {:id}").Bind(map[string]any{"size": size, "id": attachment.Id}).Execute(); err != nil {
			return err
		}
		return tx.Delete(row)
	})
}

func (c *copied) lines() []string {
	lines := []string{fmt.Sprintf("%s copied, %s.", phrases.Count(int64(c.Copied), "file"), phrases.Bytes(c.Bytes))}
	for _, name := range c.Missing {
		lines = append(lines, "Missing in the bucket: "+name+".")
	}
	for _, name := range c.Failed {
		lines = append(lines, "Not copied: "+name+".")
	}
	return lines
}

func (c *copied) verdict() error {
	switch {
	case len(c.Failed) > 0:
		return errors.New("some files are still in their old place; greenroom import files goes on")
	case len(c.Missing) > 0:
		return errors.New("some files are missing in the bucket; put them in their old place there, and greenroom import files copies them")
	}
	return nil
}

// progress prints a line at each tenth of the files, few enough for a screen reader.
type progress struct {
	started     time.Time
	done, total int
	bytes       int64
	tenths      int
	now         func() time.Time
	say         func(line string)
}

func (p *progress) step(bytes int64) {
	p.done++
	p.bytes += bytes
	tenths := p.done * 10 / p.total
	if tenths == p.tenths {
		return
	}
	p.tenths = tenths
	passed := p.now().Sub(p.started)
	rate := int64(float64(p.bytes) / max(passed.Seconds(), 0.001))
	left := passed / time.Duration(p.done) * time.Duration(p.total-p.done)
	p.say(fmt.Sprintf("%d per cent: %d of %s, %s a second, %s left.", tenths*10, p.done, phrases.Count(int64(p.total), "file"), phrases.Bytes(rate), left.Round(time.Second)))
}

func progressTo(out io.Writer) func(line string) {
	return func(line string) { fmt.Fprintln(out, line) }
}
