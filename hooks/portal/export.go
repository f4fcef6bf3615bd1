package portal

import (
	"bufio"
	"context"
	"encoding/json/jsontext"
	"fmt"
	"net/http"

	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/people"
)

// exported are the collections under a client, in the order of the export.
var exported = []string{"projects", "milestones", "sessions", "goals", "deliverables", "action_items", "attachments", "comments", "bookings"}

// exportPageSize is how many rows are read at a time, so that a slow reader of a large export holds neither memory nor
// a database connection.
const exportPageSize = 500

// selectExport is the statement for a client's rows of a collection after a rowid.
func selectExport(collection string) string {
	return "SELECT {" + collection + "}, " + collection + ".rowid AS rowid FROM " + collection + " WHERE client = ? AND rowid > ? ORDER BY rowid LIMIT ?"
}

// exportAll answers with everything that the studio stores about a client, as one JSON object: "client", and each
// collection under its name. For a file it has the path that returns a link. The answer is sent while it is read; after
// an error the connection is aborted, so that a partial export cannot be taken for a whole one.
func exportAll(e *core.RequestEvent, s *statements, client *core.Record) error {
	out := bufio.NewWriter(e.Response)
	x := exporter{e.Request.Context(), s, client.Id, people.Account(client), out}
	self, err := x.readSelf()
	if err != nil {
		return err
	}
	h := e.Response.Header()
	h.Set("Content-Type", "application/json")
	h.Set("Content-Disposition", `attachment; filename="portal-data.json"`)
	e.Response.WriteHeader(http.StatusOK)
	if err := x.after(self); err != nil {
		e.App.Logger().Error("An export broke off.", "client", client.Id, "error", err)
		panic(http.ErrAbortHandler)
	}
	return out.Flush()
}

// exporter writes one client's data.
type exporter struct {
	ctx    context.Context
	s      *statements
	self   string // id of the client or person whose own record comes first
	client string // id of the client whose records are written
	out    *bufio.Writer
}

// all writes the whole export.
func (x exporter) all() error {
	self, err := x.readSelf()
	if err != nil {
		return err
	}
	return x.after(self)
}

// after writes the export, beginning with the record self, which has been read.
func (x exporter) after(self []byte) error {
	x.out.WriteString(`{"client":`)
	x.out.Write(self)
	for _, collection := range exported {
		x.out.WriteString(`,"` + collection + `":[`)
		if err := x.rows(collection); err != nil {
			return fmt.Errorf("portal: export %s: %w", collection, err)
		}
		x.out.WriteByte(']')
	}
	return x.out.WriteByte('}')
}

func (x exporter) readSelf() (self []byte, err error) {
	err = x.s.snapshot(x.ctx, func(v view) error {
		return v.each(selectSelf, func(r row) { self = r.object(nil) }, x.self)
	})
	return self, err
}

// rows writes a collection, in pages.
func (x exporter) rows(collection string) error {
	text := selectExport(collection)
	var last int64
	for first := true; ; {
		var page list
		err := x.s.snapshot(x.ctx, func(v view) error {
			return v.each(text, func(r row) {
				last, _ = r.values[len(r.values)-1].(int64)
				page.add(func(out []byte) []byte { return appendExported(out, collection, r.without("rowid")) })
			}, x.client, last, exportPageSize)
		})
		if err != nil || page.count == 0 {
			return err
		}
		if !first {
			x.out.WriteByte(',')
		}
		first = false
		if _, err := x.out.Write(page.out); err != nil {
			return fmt.Errorf("portal: write the export: %w", err)
		}
		if page.count < exportPageSize {
			return nil
		}
	}
}

// appendExported appends a row, with the path of its link if it is a file.
func appendExported(out []byte, collection string, r row) []byte {
	r.plain = true
	out = r.open(out)
	if collection == "attachments" {
		out = append(out, `,"link":`...)
		out, _ = jsontext.AppendQuote(out, "/api/portal/attachments/"+r.text("id")+"/link") // an id is plain ASCII
	}
	return append(out, '}')
}
