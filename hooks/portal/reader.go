package portal

import (
	"bufio"
	"context"
	"slices"

	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/people"
)

// Reader reads for other packages: pages as the owner sees them, and rows as clients see them.
type Reader struct{ s *statements }

// NewReader returns a reader, which caches statements and should live as long as the app.
func NewReader(app core.App) *Reader { return &Reader{newStatements(app)} }

// Project returns a project's page in the form of GET /api/portal/projects/{id}, with the words of deleted comments and
// with invoices.
func (r *Reader) Project(ctx context.Context, project *core.Record) ([]byte, error) {
	return buildProject(ctx, r.s, nil, project.Id, project.GetString("client"), nobody, asTheOwnerSees)
}

// Row is one record with the fields that clients may see.
type Row struct{ r row }

// Text returns a field's value as a string, a time as it is stored.
func (r Row) Text(name string) string { return r.r.text(name) }

// Number returns a field's value as an integer.
func (r Row) Number(name string) int64 { return r.r.number(name) }

// True returns a field's value as a boolean.
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

// Open appends the row as a JSON object without its closing brace, with times in RFC 3339, so that members can be
// added.
func (r Row) Open(out []byte) []byte { return r.r.open(out) }

// Rows returns the rows of a statement in which {collection} stands for the collection's columns. All of them are in
// memory at once, so a caller should read many rows in pages.
func (r *Reader) Rows(ctx context.Context, statement string, args ...any) (rows []Row, err error) {
	err = r.s.snapshot(ctx, func(v view) error {
		return v.each(statement, func(found row) {
			found.values, found.plain = slices.Clone(found.values), true
			rows = append(rows, Row{found})
		}, args...)
	})
	return rows, err
}

// Column returns the values of a statement's only column.
func (r *Reader) Column(ctx context.Context, statement string, args ...any) (values []any, err error) {
	err = r.s.snapshot(ctx, func(v view) error {
		return v.each(statement, func(found row) { values = append(values, found.values[0]) }, args...)
	})
	return values, err
}

// WriteExport writes what the studio stores about a client, in the form of GET /api/portal/export.
func (r *Reader) WriteExport(ctx context.Context, client *core.Record, out *bufio.Writer) error {
	x := exporter{ctx, r.s, client.Id, people.Account(client), out}
	if err := x.all(); err != nil {
		return err
	}
	return out.Flush()
}
