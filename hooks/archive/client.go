package archive

import (
	"archive/zip"
	"bufio"
	"context"
	"fmt"
	"io"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/types"

	"greenroom/hooks/config"
	"greenroom/hooks/phrases"
	"greenroom/hooks/portal"
)

// Done lists what an archive of a client contains.
type Done struct {
	Projects int      `json:"projects"`
	Files    int      `json:"files"`
	Bytes    int64    `json:"bytes"`
	Locked   []string `json:"locked"` // project and name of each file that opens when it is paid
	Failed   []string `json:"failed"` // project and name of each file that could not be read to its end
}

// projectLine is a project in the list of a client's archive.
type projectLine struct {
	Title, Href, Files string
	Absent             []string
}

// WriteClient writes everything of a client as one archive: each project in a folder of its own, the data as JSON, and
// a page that links to all of it.
func WriteClient(ctx context.Context, app core.App, c config.Config, client *core.Record, to io.Writer) (Done, error) {
	done := Done{Locked: []string{}, Failed: []string{}}
	reader := portal.NewReader(app)
	out := zip.NewWriter(to)
	p := newPacker(ctx, app, c, reader, out)
	var projects []*core.Record
	if err := app.RecordQuery("projects").AndWhere(dbx.HashExp{"client": client.Id}).OrderBy("created", "rowid").All(&projects); err != nil {
		return done, fmt.Errorf("archive: read the projects: %w", err)
	}
	taken := names{}
	var lines []projectLine
	for _, project := range projects {
		title := project.GetString("title")
		folder := "projects/" + taken.take(title, "project") + "/"
		packed, err := p.project(opened{project, client, true}, folder)
		if err != nil {
			return done, err
		}
		line := projectLine{Title: title, Href: escaped(folder + "index.html")}
		if packed.files > 0 {
			line.Files = fmt.Sprintf("%d files, %s", packed.files, phrases.Bytes(packed.bytes))
			if packed.files == 1 {
				line.Files = "1 file, " + phrases.Bytes(packed.bytes)
			}
		}
		for _, name := range packed.locked {
			done.Locked = append(done.Locked, title+": "+name)
			line.Absent = append(line.Absent, name+": "+isLocked)
		}
		for _, name := range packed.failed {
			done.Failed = append(done.Failed, title+": "+name)
			line.Absent = append(line.Absent, name+" could not be read, or not to its end.")
		}
		lines = append(lines, line)
		done.Projects++
		done.Files += packed.files
		done.Bytes += packed.bytes
	}
	if err := p.write("client.json", func(out *bufio.Writer) error { return reader.WriteExport(ctx, client, out) }); err != nil {
		return done, err
	}
	if err := p.write("index.html", func(out *bufio.Writer) error { return p.clientPage(out, client, lines) }); err != nil {
		return done, err
	}
	return done, out.Close()
}

func (p *packer) clientPage(out *bufio.Writer, client *core.Record, projects []projectLine) error {
	write := func(name string, data any) error { return page.ExecuteTemplate(out, name, data) }
	name := nameOf(opened{client: client})
	if err := write("top", map[string]any{"Title": name, "Studio": p.config.Studio}); err != nil {
		return err
	}
	err := write("client", map[string]any{"Client": name, "Email": client.Email(), "Company": client.GetString("company"), "Studio": p.config.Studio,
		"Made": p.moment(types.NowDateTime().String()), "Projects": projects})
	if err != nil {
		return err
	}
	ids, err := p.reader.Column(p.ctx, "SELECT id FROM bookings WHERE client = ? ORDER BY startTime DESC, rowid DESC", client.Id)
	if err != nil {
		return err
	}
	head := heading{"meetings", "Meetings", "There was no meeting."}
	if len(ids) > 0 {
		head.None = ""
	}
	if err := write("section", head); err != nil {
		return err
	}
	if len(ids) > 0 {
		if err := write("bookings", nil); err != nil {
			return err
		}
		err := p.records("bookings", ids, "client", client.Id, func(row portal.Row) error {
			return write("booking", map[string]any{"Title": row.Text("title"), "When": p.moment(row.Text("startTime")), "Cancelled": row.Text("cancelledAt") != ""})
		})
		if err != nil {
			return err
		}
		if err := write("/files", nil); err != nil {
			return err
		}
	}
	if err := write("/section", nil); err != nil {
		return err
	}
	return write("end", nil)
}
