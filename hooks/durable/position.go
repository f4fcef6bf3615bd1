package durable

import (
	"context"
	"crypto/rand"
	"database/sql"
	"errors"
	"fmt"
	"strings"
)

// position says where in the studio's history a copy of its database stands. It is a row of the database itself,
// written just before each upload, so it can neither run ahead of the content nor fall behind it: a data directory that
// an old disk image brought back, a log of writes whose end is gone and a directory of another studio all show.
type position struct {
	point
	since point // the end of the run that was uploaded last when this one began
}

// point is a moment of one server's run: its uploads are counted from the start to the stop.
type point struct {
	run    string
	number int
}

const noRun = "-"

// readPosition is where a database stands; nil if it never was about to be uploaded.
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

// newRun is the position of a server that starts to fill an empty replica.
func newRun() *position { return &position{point{rand.Text(), 0}, point{noRun, 0}} }

// runAfter is the position of a server that starts on a database whose replica stands at copy.
func (p *position) runAfter(copy *position) *position {
	next := newRun()
	next.since = p.since
	if copy.run == p.run {
		next.since = p.point
	}
	return next
}

// follows tells whether everything in a copy is in the database. One that was never uploaded, or a copy that somebody
// else made, tells nothing and counts as no.
func (p *position) follows(copy *position) bool {
	return p != nil && copy != nil && (copy.upTo(p.point) || copy.upTo(p.since))
}

func (p point) upTo(end point) bool { return p.run == end.run && p.number <= end.number }

// advance writes the next position into the database.
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
