package archive

import (
	"archive/zip"
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"net/url"
	"strings"
	"time"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/types"

	"greenroom/hooks/config"
	"greenroom/hooks/files"
	"greenroom/hooks/people"
	"greenroom/hooks/portal"
	"greenroom/hooks/records"
)

// packer writes projects into one archive.
type packer struct {
	ctx    context.Context
	app    core.App
	config config.Config
	reader *portal.Reader
	zip    *zip.Writer
	made   time.Time
	still  func() error // returns an error if the visitor may not go on
	silent int          // how many files in a row could not be read though they exist
}

// patience is the number of files in a row after which no more are asked for: with a bucket that is down, each takes
// seconds.
const patience = 3

func newPacker(ctx context.Context, app core.App, c config.Config, reader *portal.Reader, out *zip.Writer) *packer {
	return &packer{ctx, app, c, reader, out, time.Now(), func() error { return nil }, 0}
}

// file is an attachment and what the archive has of it.
type file struct {
	portal.Row
	Path   string // in the archive, below the project's folder; empty if it is missing
	Absent string // the sentence that says why it is missing
	Partly bool   // whether it breaks off before its end
}

// Name returns the name under which the file was sent.
func (f file) Name() string { return f.Text("filename") }

// Href returns the escaped address of the file, relative to the page.
func (f file) Href() string { return escaped(f.Path) }

func escaped(path string) string {
	parts := strings.Split(path, "/")
	for i, part := range parts {
		parts[i] = url.PathEscape(part)
	}
	return strings.Join(parts, "/")
}

// packed lists what an archive of a project contains.
type packed struct {
	files  int
	bytes  int64
	locked []string // names of files that open when they are paid
	failed []string // names of files that could not be read to their end
}

// section is a list of records on a project's page.
type section struct {
	name       string // in the JSON
	collection string
	statement  string // selects the ids in the order of the page
	thread     string // the field by which comments belong to a record; empty if there are none
}

var sections = []section{
	{"milestones", "milestones", "SELECT id FROM milestones WHERE project = ? ORDER BY sortOrder, created, rowid", "milestone"},
	{"sessions", "sessions", "SELECT id FROM sessions WHERE project = ? ORDER BY date DESC, created DESC, rowid DESC", "session"},
	{"deliverables", "deliverables", "SELECT id FROM deliverables WHERE project = ? ORDER BY created, rowid", "deliverable"},
	{"actionItems", "action_items", "SELECT id FROM action_items WHERE project = ? ORDER BY completedAt != '', dueDate = '', dueDate, created, rowid", ""},
	{"goals", "goals", "SELECT id FROM goals WHERE project = ? ORDER BY created, rowid", "goal"},
}

const (
	// comments in memory at the same time
	someComments = 100

	selectFiles    = "SELECT {attachments} FROM attachments WHERE project = ? ORDER BY created, rowid"
	selectComments = "SELECT {comments} FROM comments WHERE rowid IN (SELECT value FROM json_each(?)) ORDER BY created, rowid"
)

// project writes one project below a folder; the folder's name ends with a slash or is empty.
func (p *packer) project(o opened, folder string) (packed, error) {
	var done packed
	all, err := p.files(o)
	if err != nil {
		return done, err
	}
	for i := range all {
		f := &all[i]
		if f.Path != "" {
			if err := p.pack(f, folder); err != nil {
				return done, err
			}
		}
		switch {
		case f.Absent == isLocked || f.Absent == isShut:
			done.locked = append(done.locked, f.Name())
		case f.Path == "" || f.Partly:
			done.failed = append(done.failed, f.Name())
		}
		if f.Path != "" {
			done.files++
			done.bytes += f.Number("size")
		}
	}
	receipts, err := p.receipts(o, folder)
	if err != nil {
		return done, err
	}
	if err := p.write(folder+"project.json", func(out *bufio.Writer) error { return p.json(out, o, all) }); err != nil {
		return done, err
	}
	return done, p.write(folder+"index.html", func(out *bufio.Writer) error { return p.page(out, o, all, receipts) })
}

// These sentences tell why a file is missing or incomplete. People without access to invoices do not read about payment
// here either.
const (
	isLocked = "It opens when its invoice is paid."
	isShut   = "It is not open yet."
	isUnread = "It could not be read when this was packed. Nothing is lost: it is in the portal, and in the next archive once it can be read."
	isBroken = "It breaks off before its end, for the rest could not be read when this was packed. The whole of it is in the portal."
)

// files returns the project's files with their paths in the archive.
func (p *packer) files(o opened) ([]file, error) {
	rows, err := p.reader.Rows(p.ctx, selectFiles, o.project.Id)
	if err != nil {
		return nil, err
	}
	shut, err := locked(p.ctx, p.app, o.project.Id)
	if err != nil {
		return nil, err
	}
	taken := names{}
	all := make([]file, len(rows))
	for i, row := range rows {
		all[i].Row = row
		if shut[row.Text("id")] {
			all[i].Absent = isShut
			if o.money {
				all[i].Absent = isLocked
			}
			continue
		}
		all[i].Path = "files/" + taken.take(row.Text("filename"), "file")
	}
	return all, nil
}

// pack copies a file into the archive or notes why it could not. It returns an error only if going on is useless.
func (p *packer) pack(f *file, folder string) error {
	if err := p.still(); err != nil {
		return err
	}
	if p.silent == patience {
		f.Path, f.Absent = "", isUnread
		return nil
	}
	content, err := files.Contents(p.ctx, p.app, f.Text("id"), f.Text("file"))
	if err != nil {
		if p.ctx.Err() != nil {
			return p.ctx.Err()
		}
		p.app.Logger().Warn("A file is missing from an archive.", "attachment", f.Text("id"), "error", err)
		f.Path, f.Absent = "", isUnread
		if !errors.Is(err, fs.ErrNotExist) {
			p.silent++
		}
		return nil
	}
	p.silent = 0
	defer content.Close()
	entry, err := p.zip.CreateHeader(&zip.FileHeader{Name: folder + f.Path, Method: zip.Store, Modified: modified(f.Text("created"), p.made)})
	if err != nil {
		return err
	}
	watched := &watched{Reader: content}
	n, err := io.Copy(entry, watched)
	if err != nil && watched.err == nil || p.ctx.Err() != nil {
		return fmt.Errorf("archive: write %s: %w", f.Text("id"), err)
	}
	if err != nil || n < f.Number("size") {
		p.app.Logger().Warn("A file in an archive breaks off.", "attachment", f.Text("id"), "after", n, "error", err)
		f.Absent, f.Partly = isBroken, true
	}
	return nil
}

// watched records whether a failure was one of reading.
type watched struct {
	io.Reader
	err error
}

func (w *watched) Read(into []byte) (int, error) {
	n, err := w.Reader.Read(into)
	if err != nil && err != io.EOF {
		w.err = err
	}
	return n, err
}

// receipts writes a receipt for each deliverable that has one, and returns their paths by deliverable.
func (p *packer) receipts(o opened, folder string) (map[string]string, error) {
	paths, taken := map[string]string{}, names{}
	rows, err := p.reader.Rows(p.ctx, "SELECT {deliverables} FROM deliverables WHERE project = ? ORDER BY created, rowid", o.project.Id)
	if err != nil {
		return nil, err
	}
	for _, row := range rows {
		id := row.Text("id")
		receipt, err := records.ReceiptOf(p.app, id)
		if err != nil {
			return nil, err
		}
		if len(receipt.Rounds) == 0 {
			continue
		}
		path := "receipts/" + taken.take(fitted(safeName(row.Text("title"), "deliverable"), "")+".txt", "receipt.txt")
		err = p.write(folder+path, func(out *bufio.Writer) error {
			_, err := out.WriteString(receipt.Text(p.config.Timezone))
			return err
		})
		if err != nil {
			return nil, err
		}
		paths[id] = path
	}
	return paths, nil
}

// write adds a text file to the archive.
func (p *packer) write(path string, content func(out *bufio.Writer) error) error {
	entry, err := p.zip.CreateHeader(&zip.FileHeader{Name: path, Method: zip.Deflate, Modified: p.made})
	if err != nil {
		return err
	}
	out := bufio.NewWriter(entry)
	if err := content(out); err != nil {
		return err
	}
	return out.Flush()
}

// modified returns a stored time, or the other one if a ZIP archive cannot represent it.
func modified(stored string, otherwise time.Time) time.Time {
	at, err := types.ParseDateTime(stored)
	if err != nil || at.Time().Year() < 1980 {
		return otherwise
	}
	return at.Time()
}

// nameOf returns the display name of the project's client.
func nameOf(o opened) string { return people.DisplayName(o.client) }
