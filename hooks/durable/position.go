package durable

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"strings"
)

// position says where in the studio's history a copy of the database stands. It is stored in the database itself, as a
// row of integrations written just before each upload, so it is never ahead of the content or behind it. Comparing
// positions reveals a data directory restored from an old disk image, a write-ahead log whose end is lost, and the
// directory of another studio.
type position struct {
	point
	// The last uploaded point of the run before this one.
	since point
}

// point is one upload: run identifies a server process from start to stop, and number counts its uploads.
type point struct {
	run    string
	number int
}

const noRun = "-"

// readPosition returns the position stored in a database, or nil if the database was never prepared for an upload.
func readPosition(ctx context.Context, db querier) (*position, error) {
	var text string
	err := db.QueryRowContext(ctx, "SELECT cursor FROM integrations WHERE name = ?", positionRow).Scan(&text)
	if errors.Is(err, sql.ErrNoRows) || err != nil && strings.Contains(err.Error(), "no such table") {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("durable: read the position: %w", err)
	}
	p := new(position)
	if _, err := fmt.Sscanf(text, "%s %d %s %d", &p.run, &p.number, &p.since.run, &p.since.number); err != nil {
		return nil, fmt.Errorf("durable: read the position %q: %w", text, err)
	}
	return p, nil
}

// newRun is the first position of a server whose replica is empty.
func newRun() *position { return &position{point{rand.Text(), 0}, point{noRun, 0}} }

// runAfter is the first position of a server that starts on database p while the replica stands at copy.
func (p *position) runAfter(copy *position) *position {
	next := newRun()
	next.since = p.since
	if copy.run == p.run {
		next.since = p.point
	}
	return next
}

// follows reports whether the database holds everything that the copy holds. Without a position on either side that
// cannot be known, and the answer is no.
func (p *position) follows(copy *position) bool {
	return p != nil && copy != nil && (copy.upTo(p.point) || copy.upTo(p.since))
}

func (p point) upTo(end point) bool { return p.run == end.run && p.number <= end.number }

// advance increments the number of the upload and stores the position by the given connection.
func (p *position) advance(ctx context.Context, writer *sql.Conn) error {
	p.number++
	_, err := writer.ExecContext(ctx, `INSERT INTO integrations (id, name, state, cursor, created, updated)
		VALUES ('durableposition', ?, 'ok', ?, strftime('%Y-%m-%d %H:%M:%fZ'), strftime('%Y-%m-%d %H:%M:%fZ'))
		ON CONFLICT (name) DO UPDATE SET cursor = excluded.cursor, updated = excluded.updated`,
		positionRow, fmt.Sprintf("%s %d %s %d", p.run, p.number, p.since.run, p.since.number))
	if err != nil {
		return fmt.Errorf("durable: write the position: %w", err)
	}
	return nil
}
