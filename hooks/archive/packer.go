package archive

import (
	"archive/zip"
	"bufio"
	"context"
	"encoding/json"
	"encoding/json/jsontext"
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
	still  func() error // an error where the visitor may not go on
	silent int          // the number of files in a row that could not be read, though they should be there
}

// patience is after how many files in a row the others are not asked for: each takes seconds where a bucket is down.
const patience = 3

func newPacker(ctx context.Context, app core.App, c config.Config, reader *portal.Reader, out *zip.Writer) *packer {
	return &packer{ctx, app, c, reader, out, time.Now(), func() error { return nil }, 0}
}

// file is an attachment, and what became of it.
type file struct {
	portal.Row
	Path   string // in the archive, from the project's folder; empty where it is not there
	Absent string // why it is not there, as a whole sentence
	Partly bool   // whether it is there, and breaks off before its end
}

// Name is the name under which it was sent.
func (f file) Name() string { return f.Text("filename") }

// Href is the address of the file from the page.
func (f file) Href() string { return escaped(f.Path) }

func escaped(path string) string {
	parts := strings.Split(path, "/")
	for i, part := range parts {
		parts[i] = url.PathEscape(part)
	}
	return strings.Join(parts, "/")
}

// packed is what an archive of a project holds.
type packed struct {
	files  int
	bytes  int64
	locked []string // names of files that open when they are paid
	failed []string // names of files that could not be read, or not to the end
}

// section is a part of a project's page that is a list of records.
type section struct {
	name       string // in the JSON
	collection string
	statement  string // the statement gives the ids, in the order of the page
	thread     string // the field by which comments belong to one; empty where there are none
}

var sections = []section{
	{"milestones", "milestones", "SELECT id FROM milestones WHERE project = ? ORDER BY sortOrder, created, rowid", "milestone"},
	{"sessions", "sessions", "SELECT id FROM sessions WHERE project = ? ORDER BY date DESC, created DESC, rowid DESC", "session"},
	{"deliverables", "deliverables", "SELECT id FROM deliverables WHERE project = ? ORDER BY created, rowid", "deliverable"},
	{"actionItems", "action_items", "SELECT id FROM action_items WHERE project = ? ORDER BY completedAt != '', dueDate = '', dueDate, created, rowid", ""},
	{"goals", "goals", "SELECT id FROM goals WHERE project = ? ORDER BY created, rowid", "goal"},
}

const (
	// someComments are as many as are in memory at once.
	someComments = 100

	selectFiles    = "SELECT {attachments} FROM attachments WHERE project = ? ORDER BY created, rowid"
	selectComments = "SELECT {comments} FROM comments WHERE rowid IN (SELECT value FROM json_each(?)) ORDER BY created, rowid"
)

// project writes one project below a folder, which ends with a slash or is empty.
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

// These are said of a file that is not there, or not to its end. People who do not see money do not read of it here
// either.
const (
	isLocked = "It opens when its invoice is paid."
	isShut   = "It is not open yet."
	isUnread = "It could not be read when this was packed. Nothing is lost: it is in the portal, and in the next archive once it can be read."
	isBroken = "It breaks off before its end, for the rest could not be read when this was packed. The whole of it is in the portal."
)

// files gives the project's files with the places that they will have.
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

// pack copies a file into the archive as it is, or notes why not. Only what makes it useless to go on is an error.
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

// watched remembers whether it was the reading that failed.
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

// receipts writes a receipt for each deliverable that has one, and gives their paths by the deliverables' ids.
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

// write adds a text to the archive.
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

// each reads the records of a section one after the other. Nothing of the database is held while do runs, for it waits
// for whoever takes the archive.
func (p *packer) each(s section, project string, do func(portal.Row) error) error {
	ids, err := p.reader.Column(p.ctx, s.statement, project)
	if err != nil {
		return err
	}
	return p.records(s.collection, ids, "project", project, do)
}

// records reads records of a collection by their ids: those that still belong where they did.
func (p *packer) records(collection string, ids []any, field, parent string, do func(portal.Row) error) error {
	for _, id := range ids {
		rows, err := p.reader.Rows(p.ctx, "SELECT {"+collection+"} FROM "+collection+" WHERE id = ? AND "+field+" = ?", id, parent)
		if err != nil {
			return err
		}
		for _, row := range rows { // none where it went meanwhile
			if err := do(row); err != nil {
				return err
			}
		}
	}
	return nil
}

// comments reads a thread, some comments at a time.
func (p *packer) comments(field, id string, do func(portal.Row) error) error {
	places, err := p.reader.Column(p.ctx, "SELECT rowid FROM comments WHERE "+field+" = ? ORDER BY created, rowid", id)
	if err != nil {
		return err
	}
	for len(places) > 0 {
		n := min(someComments, len(places))
		some, err := json.Marshal(places[:n])
		if err != nil {
			return err
		}
		rows, err := p.reader.Rows(p.ctx, selectComments, string(some))
		if err != nil {
			return err
		}
		for _, row := range rows {
			if err := do(row); err != nil {
				return err
			}
		}
		places = places[n:]
	}
	return nil
}

// json writes everything of the project, shaped as its page has it, with all comments, and for each file where it is.
func (p *packer) json(out *bufio.Writer, o opened, all []file) error {
	rows, err := p.reader.Rows(p.ctx, "SELECT {projects} FROM projects WHERE id = ?", o.project.Id)
	if err != nil {
		return err
	}
	if len(rows) == 0 {
		return errNotTheirs
	}
	out.WriteString(`{"project":`)
	out.Write(append(rows[0].Open(nil), '}'))
	for _, s := range sections {
		out.WriteString(`,"` + s.name + `":[`)
		first := true
		err := p.each(s, o.project.Id, func(row portal.Row) error {
			comma(out, &first)
			out.Write(row.Open(nil))
			if s.thread != "" {
				out.WriteString(`,"comments":[`)
				first := true
				err := p.comments(s.thread, row.Text("id"), func(comment portal.Row) error {
					comma(out, &first)
					_, err := out.Write(append(comment.Open(nil), '}'))
					return err
				})
				if err != nil {
					return err
				}
				out.WriteByte(']')
			}
			return out.WriteByte('}')
		})
		if err != nil {
			return err
		}
		out.WriteByte(']')
	}
	out.WriteString(`,"attachments":[`)
	first := true
	for _, f := range all {
		comma(out, &first)
		object := f.Open(nil)
		for _, more := range [][2]string{{"path", f.Path}, {"absent", f.Absent}} {
			if more[1] != "" {
				object = append(object, `,"`+more[0]+`":`...)
				if object, err = jsontext.AppendQuote(object, more[1]); err != nil {
					return err
				}
			}
		}
		out.Write(append(object, '}'))
	}
	_, err = out.WriteString("]}\n")
	return err
}

func comma(out *bufio.Writer, first *bool) {
	if !*first {
		out.WriteByte(',') // an error stays in the writer until it is flushed
	}
	*first = false
}

// modified is a stored time, or another where it does not fit in an archive.
func modified(stored string, otherwise time.Time) time.Time {
	at, err := types.ParseDateTime(stored)
	if err != nil || at.Time().Year() < 1980 {
		return otherwise
	}
	return at.Time()
}

// nameOf is how the project's client is named.
func nameOf(o opened) string { return people.DisplayName(o.client) }
