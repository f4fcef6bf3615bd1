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

// exported are the collections under a client, in the order in which they are written.
var exported = []string{"projects", "milestones", "sessions", "goals", "deliverables", "action_items", "attachments", "comments", "bookings"}

// exportPageSize is how many rows are read at once: a slow reader of a large export holds neither memory nor a
// connection to the database.
const exportPageSize = 500

// selectExport reads a collection's rows of one client in the order in which they were written, from a row on.
func selectExport(collection string) string {
	return "SELECT {" + collection + "}, " + collection + ".rowid AS rowid FROM " + collection + " WHERE client = ? AND rowid > ? ORDER BY rowid LIMIT ?"
}

// exportAll is all that the studio keeps about a client, as one JSON object to keep: the client, and each collection by
// its name. A file is there by the path that gives a fresh link to it. It is written as it is read; an error on the way
// breaks the answer off, so that half of it is never taken for the whole.
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
	self   string // the client's own record comes first
	client string // the client whose records they are
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

// after writes the export, whose first part is read already.
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

// rows writes a collection, page by page.
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

// appendExported writes a row, and for a file where to ask for a link to it.
func appendExported(out []byte, collection string, r row) []byte {
	r.plain = true
	out = r.open(out)
	if collection == "attachments" {
		out = append(out, `,"link":`...)
		out, _ = jsontext.AppendQuote(out, "/api/portal/attachments/"+r.text("id")+"/link") // an id is plain ASCII
	}
	return append(out, '}')
}
