package portal

import (
	"bufio"
	"context"
	"slices"

	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/people"
)

// Reader reads for other rooms: pages for the owner, who sees more in them than clients do, and rows as clients see
// them.
type Reader struct{ s *statements }

// NewReader makes a reader that is kept as long as the app.
func NewReader(app core.App) *Reader { return &Reader{newStatements(app)} }

// Project gives a project's page as a JSON object, shaped as GET /api/portal/projects/{id} has it, with the words of
// deleted comments in their bodies.
func (r *Reader) Project(ctx context.Context, project *core.Record) ([]byte, error) {
	return buildProject(ctx, r.s, nil, project.Id, project.GetString("client"), nobody, asTheOwnerSees)
}

// Row is one record, with the fields that a client may see.
type Row struct{ r row }

// Text gives a field's value as a string; a time as it is stored.
func (r Row) Text(name string) string { return r.r.text(name) }

// Number gives a field's value as an integer.
func (r Row) Number(name string) int64 { return r.r.number(name) }

// True tells whether a field that says yes or no says yes.
func (r Row) True(name string) bool {
	for i, c := range r.r.columns {
		if c.name == name {
			yes, _ := r.r.values[i].(bool)
			n, _ := r.r.values[i].(int64)
			return yes || n != 0
		}
	}
	return false
}

// Open writes the row as a JSON object without its closing brace, with times in RFC 3339, so that more members can
// follow.
func (r Row) Open(out []byte) []byte { return r.r.open(out) }

// Rows gives the rows of a statement, which names the columns of a collection as {collection}. All of them are in
// memory at once: who reads many asks for some at a time.
func (r *Reader) Rows(ctx context.Context, statement string, args ...any) (rows []Row, err error) {
	err = r.s.snapshot(ctx, func(v view) error {
		return v.each(statement, func(found row) {
			found.values, found.plain = slices.Clone(found.values), true
			rows = append(rows, Row{found})
		}, args...)
	})
	return rows, err
}

// Column gives the values of a statement's only column.
func (r *Reader) Column(ctx context.Context, statement string, args ...any) (values []any, err error) {
	err = r.s.snapshot(ctx, func(v view) error {
		return v.each(statement, func(found row) { values = append(values, found.values[0]) }, args...)
	})
	return values, err
}

// WriteExport writes everything that the studio keeps about a client as JSON, as GET /api/portal/export has it.
func (r *Reader) WriteExport(ctx context.Context, client *core.Record, out *bufio.Writer) error {
	x := exporter{ctx, r.s, client.Id, people.Account(client), out}
	if err := x.all(); err != nil {
		return err
	}
	return out.Flush()
}
