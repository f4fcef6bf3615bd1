package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"math/rand/v2"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"

	"github.com/pocketbase/dbx"
)

var everyone = []string{"ana", "ben", "cy", "dora"}

// kept is a cached value of one client, with its version.
type kept struct {
	at      Version
	content string
}

// contentOf reads everything that concerns a client, including what concerns everybody.
func contentOf(t *testing.T, db *dbx.DB, client string) (content string) {
	t.Helper()
	err := db.NewQuery("SELECT group_concat(line, ', ') FROM (SELECT id || ' ' || n AS line FROM notes WHERE client = {:client}" +
		" UNION ALL SELECT id || name || account FROM clients WHERE id = {:client} OR account = {:client} UNION ALL SELECT value FROM settings ORDER BY line)").
		Bind(dbx.Params{"client": client}).Row(&content)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// ownRowOf reads the row of clients itself, and what concerns everybody.
func ownRowOf(t *testing.T, db *dbx.DB, client string) (content string) {
	t.Helper()
	err := db.NewQuery("SELECT coalesce((SELECT id || name || account FROM clients WHERE id = {:client}), '') || ' ' || (SELECT group_concat(value) FROM settings)").
		Bind(dbx.Params{"client": client}).Row(&content)
	if err != nil {
		t.Fatal(err)
	}
	return content
}

// anyChange returns a random statement of a member.
func anyChange(random *rand.Rand, step int) string {
	one := func() string { return everyone[random.IntN(len(everyone))] }
	id := fmt.Sprint(random.IntN(12))
	switch random.IntN(14) {
	case 0:
		return fmt.Sprintf("UPDATE notes SET client = '%s' WHERE id = '%s'", one(), id)
	case 1:
		return fmt.Sprintf("REPLACE INTO notes (id, place, n, client) VALUES ('%s', %d, %d, '%s')", id, random.IntN(12), step, one())
	case 2:
		return fmt.Sprintf("DELETE FROM notes WHERE id = '%s'", id)
	case 3:
		return fmt.Sprintf("UPDATE clients SET name = '%d' WHERE id = '%s'", step, one())
	case 4:
		return fmt.Sprintf("UPDATE clients SET account = '%s' WHERE id = 'pat'", one())
	case 5:
		return fmt.Sprintf("UPDATE notes SET n = %d WHERE client IN ('%s', '%s')", step, one(), one())
	case 6:
		if random.IntN(4) == 0 {
			return fmt.Sprintf("UPDATE settings SET value = '%d'", step)
		}
		return "UPDATE notes SET n = n WHERE id = 'nobody'"
	case 7:
		if random.IntN(8) == 0 {
			return "DELETE FROM notes"
		}
		return fmt.Sprintf("DELETE FROM boxes WHERE id = '%s'", id)
	}
	return fmt.Sprintf("INSERT INTO notes (id, place, n, client) VALUES ('%s', %s, %d, '%s') ON CONFLICT DO UPDATE SET n = excluded.n", id, id, step, one())
}

// Groups with failing members, failures of the disk, and commits of another process are mixed at random. A cached value
// that is still valid must equal the database's content, and some cached values must stay valid.
func TestNothingIsKeptThatChanged(t *testing.T) {
	for seed := range uint64(6) {
		random := rand.New(rand.NewPCG(seed, 0))
		s := shareNotes(t)
		other := s.elsewhere()
		all := map[string]kept{}
		hits, builds := 0, 0
		for step := range 150 {
			s.spoil(spoiler(t, random, other, step))
			var members []func(tx *sql.Tx) error
			for range random.IntN(3) {
				members = append(members, anyMember(random, step))
			}
			behind := anyMember(random, step) // the first member has the turn while the others arrive
			s.groupOf(behind, members)
			s.spoil(func(Conn, string) error { return nil })
			if random.IntN(10) == 0 {
				execute(t, other, anyChange(random, step))
			}
			for _, client := range append(slices.Clone(everyone), OwnRow("ana"), OwnRow("pat")) {
				read := contentOf
				id, isRow := strings.CutPrefix(client, OwnRow(""))
				if isRow {
					read = ownRowOf
				}
				now, want := s.version(), read(t, other, id)
				switch old, ok := all[client]; {
				case !ok || !old.at.Holds(now, client):
					all[client] = kept{now, want}
					builds++
				case old.content != want:
					t.Fatalf("seed %d, step %d: of %s there is %s, and kept is %s", seed, step, client, want, old.content)
				default:
					hits++
				}
			}
		}
		if hits < builds/5 {
			t.Errorf("seed %d: %d of %d were still good", seed, hits, hits+builds)
		}
	}
}

// anyMember returns a member that runs one to three statements, and may then roll back or panic.
func anyMember(random *rand.Rand, step int) func(tx *sql.Tx) error {
	var changes []string
	for range 1 + random.IntN(2) {
		changes = append(changes, anyChange(random, step))
	}
	end := random.IntN(8)
	return func(tx *sql.Tx) error {
		for _, change := range changes {
			if _, err := tx.Exec(change); err != nil {
				return err
			}
		}
		switch end {
		case 0:
			return errors.New("no")
		case 1:
			panic("no")
		}
		return nil
	}
}

// groupOf makes members arrive while the first one runs, so that all are in one group. Some of them fail.
func (s *shared) groupOf(first func(tx *sql.Tx) error, members []func(tx *sql.Tx) error) {
	var all sync.WaitGroup
	_ = s.transact(func(tx *sql.Tx) error {
		for i, member := range members {
			all.Go(func() { _ = s.transact(member) })
			s.waiting(i + 1)
		}
		return first(tx)
	})
	all.Wait()
}

// spoiler makes the disk fail at times, and lets another process commit as soon as the lock is free.
func spoiler(t *testing.T, random *rand.Rand, other *dbx.DB, step int) func(conn Conn, text string) error {
	foreign := anyChange(random, step)
	run := func(conn Conn, text string) error {
		_, err := conn.ExecContext(context.Background(), text, nil)
		return err
	}
	no := errors.New("disk I/O error")
	on := func(statement string, do func(conn Conn) error) func(conn Conn, text string) error {
		return func(conn Conn, text string) error {
			if !strings.HasPrefix(text, statement) {
				return nil
			}
			return do(conn)
		}
	}
	switch random.IntN(16) {
	case 0:
		return on("COMMIT", func(Conn) error { return no })
	case 1: // the COMMIT succeeds, and reports a failure
		return on("COMMIT", func(conn Conn) error { return errors.Join(run(conn, "COMMIT"), no) })
	case 2:
		return on("COMMIT", func(conn Conn) error {
			err := run(conn, "COMMIT")
			execute(t, other, foreign)
			return errors.Join(err, no)
		})
	case 3:
		return on("COMMIT", func(conn Conn) error {
			err := run(conn, "ROLLBACK")
			execute(t, other, foreign)
			return errors.Join(err, no)
		})
	case 4:
		return on("DELETE", func(conn Conn) error {
			err := run(conn, "ROLLBACK")
			execute(t, other, foreign)
			return errors.Join(err, no)
		})
	case 5:
		return on("BEGIN IMMEDIATE", func(Conn) error { execute(t, other, foreign); return nil })
	}
	return func(Conn, string) error { return nil }
}

// Several goroutines and another process write while readers cache what they read. A reader never gets less than was
// acknowledged before it asked.
func TestAcknowledgedChangesAreNeverMissed(t *testing.T) {
	s := shareNotes(t)
	other := s.elsewhere()
	other.DB().SetMaxOpenConns(1)
	for i, client := range everyone {
		s.exec("REPLACE INTO notes (id, place, n, client) VALUES (?, ?, 0, ?)", client, 10+i, client)
	}
	var acknowledged [4]atomic.Int64
	var writers, readers sync.WaitGroup
	const add = "UPDATE notes SET n = n + 1 WHERE id = "
	for w := range 6 {
		random := rand.New(rand.NewPCG(1, uint64(w)))
		writers.Go(func() {
			for range 60 {
				i, j := random.IntN(len(everyone)), random.IntN(len(everyone))
				var err error
				switch {
				case w == 0:
					_, err = other.NewQuery(add + "'" + everyone[i] + "'").Execute()
				case random.IntN(4) == 0 && i != j:
					err = s.transact(func(tx *sql.Tx) error { return errors.Join(update(everyone[i])(tx), update(everyone[j])(tx)) })
					if err == nil {
						acknowledged[j].Add(1)
					}
				default:
					err = s.transact(update(everyone[i]))
				}
				if err != nil {
					t.Error(err)
					return
				}
				acknowledged[i].Add(1)
			}
		})
	}
	reading, stop := context.WithCancel(context.Background())
	for i, client := range everyone {
		readers.Go(func() {
			db := s.elsewhere()
			var at Version
			var n, hits int64
			for last := false; !last; {
				last = reading.Err() != nil
				least, now := acknowledged[i].Load(), s.version()
				if at.Holds(now, client) {
					hits++
				} else {
					at = now
					if err := db.NewQuery("SELECT n FROM notes WHERE id = {:id}").Bind(dbx.Params{"id": client}).Row(&n); err != nil {
						t.Error(err)
						return
					}
				}
				if n < least {
					t.Errorf("%s reads %d, and %d were acknowledged", client, n, least)
					return
				}
			}
			if hits == 0 {
				t.Errorf("%s never found anything kept", client)
			}
		})
	}
	writers.Wait()
	stop()
	readers.Wait()
}
