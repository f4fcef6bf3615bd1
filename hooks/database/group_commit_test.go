package database

import (
	"context"
	"database/sql"
	"errors"
	"fmt"
	"maps"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"github.com/pocketbase/pocketbase/tools/types"
)

// Concurrent members are committed together. One that fails, has an invalid statement or panics does not affect the
// others.
func TestMembersShareOneCommit(t *testing.T) {
	s := share(t)
	before := s.commits.Load()
	failures := s.together(
		inserts("a"),
		func(tx *sql.Tx) error { return errors.Join(inserts("b")(tx), errors.New("no")) },
		inserts("c", "a"), // the second word exists already
		func(tx *sql.Tx) error { _ = inserts("d")(tx); panic("at once") },
		func(tx *sql.Tx) error { _, err := tx.Exec("INSERT INTO nothing VALUES (1)"); return err },
		inserts("e"),
	)
	for i, failed := range []bool{false, false, true, true, true, true, false} {
		if (failures[i] != nil) != failed {
			t.Errorf("member %d: %v", i, failures[i])
		}
	}
	if got := s.words(); !slices.Equal(got, []string{"a", "e", "first"}) {
		t.Errorf("there are %v", got)
	}
	if n := s.commits.Load() - before; n != 1 {
		t.Errorf("%d commits", n)
	}
}

// No member is told of success before everything is on the disk, and all are told of a failure.
func TestNothingIsAcknowledgedBeforeTheCommit(t *testing.T) {
	s := share(t)
	reached, release, acknowledged := make(chan struct{}), make(chan struct{}), make(chan error, 1)
	s.spoil(func(_ Conn, text string) error {
		if text == "COMMIT" {
			close(reached)
			<-release
		}
		return nil
	})
	go func() { acknowledged <- s.transact(inserts("a")) }()
	<-reached
	select {
	case <-acknowledged:
		t.Fatal("a member was told before the commit")
	default:
	}
	close(release)
	if err := <-acknowledged; err != nil {
		t.Fatal(err)
	}
}

func TestAFailedCommitFailsAllAndLeavesAUsableConnection(t *testing.T) {
	for name, spoil := range map[string]func(conn Conn, text string) error{
		"the commit fails": func(_ Conn, text string) error {
			if text == "COMMIT" {
				return errors.New("disk I/O error")
			}
			return nil
		},
		"SQLite gives the transaction up": func(conn Conn, text string) error {
			if text == "INSERT INTO words VALUES ('full')" {
				_, _ = conn.ExecContext(context.Background(), "ROLLBACK", nil)
				return errors.New("database or disk is full")
			}
			return nil
		},
	} {
		t.Run(name, func(t *testing.T) {
			s := share(t)
			s.spoil(spoil)
			var afterwards error
			failures := s.together(inserts("a"), func(tx *sql.Tx) error {
				_, err := tx.Exec("INSERT INTO words VALUES ('full')")
				if err != nil {
					_, afterwards = tx.Exec("INSERT INTO words VALUES ('stray')") // code that ignores the first error
				}
				return err
			})
			for i, err := range failures {
				if err == nil {
					t.Errorf("member %d was told that it is there", i)
				}
			}
			if strings.HasPrefix(name, "SQLite") && afterwards == nil {
				t.Error("a statement ran outside of every transaction")
			}
			s.spoil(func(Conn, string) error { return nil })
			if got := s.words(); len(got) != 0 {
				t.Errorf("there are %v", got)
			}
			if err := s.transact(inserts("again")); err != nil {
				t.Error(err)
			}
		})
	}
}

// A group that has lasted long enough, or has enough members, is committed before another one begins.
func TestAGroupIsBounded(t *testing.T) {
	s := share(t)
	before := s.commits.Load()
	failures := s.together(
		func(tx *sql.Tx) error { s.clock.Add(int64(2 * maxGroupAge)); return inserts("slow")(tx) },
		inserts("next"),
	)
	if err := errors.Join(failures...); err != nil {
		t.Fatal(err)
	}
	if n := s.commits.Load() - before; n != 2 {
		t.Errorf("%d commits: who was done waited for a second one", n)
	}
	before = s.commits.Load()
	var many []func(tx *sql.Tx) error
	for i := range maxMembers + 1 {
		many = append(many, inserts(fmt.Sprint("of many ", i)))
	}
	s.exec("DELETE FROM words")
	if err := errors.Join(s.together(many...)...); err != nil {
		t.Fatal(err)
	}
	if n := s.commits.Load() - before; n != 3 { // the deletion's and those of two groups
		t.Errorf("%d commits of %d members", n, maxMembers+2)
	}
}

// TestAGroupKnowsThatSomebodyWaits lets a writer begin while another one is at work.
func TestAGroupKnowsThatSomebodyWaits(t *testing.T) {
	s := share(t)
	tx, err := s.Begin()
	if err != nil {
		t.Fatal(err)
	}
	if s.group.awaited() {
		t.Error("somebody waits before anybody came")
	}
	wrote := make(chan error, 1)
	go func() {
		_, err := s.Exec("INSERT INTO words VALUES ('waited')")
		wrote <- err
	}()
	for deadline := time.Now().Add(time.Minute); !s.group.awaited(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("nobody waits")
		}
	}
	if err := tx.Commit(); err != nil {
		t.Fatal(err)
	}
	if err := <-wrote; err != nil {
		t.Fatal(err)
	}
	if s.group.awaited() {
		t.Error("somebody waits still")
	}
}

// TestAGroupKnowsThatSomebodyWaitsForTheCommit lets a member commit while the next one, whose turn it is then, waits.
func TestAGroupKnowsThatSomebodyWaitsForTheCommit(t *testing.T) {
	s := share(t)
	first, err := s.Begin()
	if err != nil {
		t.Fatal(err)
	}
	waits, second := make(chan bool, 1), make(chan error, 1)
	go func() {
		second <- s.transact(func(*sql.Tx) error {
			waits <- s.group.awaited()
			return nil
		})
	}()
	for deadline := time.Now().Add(time.Minute); !s.group.awaited(); time.Sleep(time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatal("nobody waits")
		}
	}
	if err := errors.Join(first.Commit(), <-second); err != nil {
		t.Fatal(err)
	}
	if !<-waits {
		t.Error("the first member waits for the second, which does not know")
	}
	if s.group.awaited() {
		t.Error("somebody waits still")
	}
}

// A statement that cannot run in a transaction waits for its turn and runs outside of one.
func TestStatementsOutsideTransactions(t *testing.T) {
	s := share(t)
	s.exec("INSERT INTO words VALUES ('a'), ('b')")
	for _, text := range []string{"PRAGMA optimize", "PRAGMA wal_checkpoint(TRUNCATE)", "VACUUM", "VACUUM INTO '" + filepath.Join(t.TempDir(), "copy.db") + "'",
		"CREATE INDEX again ON words (word)"} {
		s.exec(text)
	}
	var word string
	if err := s.QueryRow("INSERT INTO words VALUES ('c') RETURNING word").Scan(&word); err != nil || word != "c" {
		t.Error(word, err)
	}
	if _, err := s.Exec("INSERT INTO words VALUES ('a')"); err == nil {
		t.Error("a second a")
	}
	statement, err := s.Prepare("INSERT INTO words VALUES (?)")
	if err != nil {
		t.Fatal(err)
	}
	defer statement.Close()
	if _, err := statement.Exec("d"); err != nil {
		t.Error(err)
	}
	if got := s.words(); !slices.Equal(got, []string{"a", "b", "c", "d"}) {
		t.Errorf("there are %v", got)
	}
}

// A caller whose context ends while it waits delays nobody; one whose context ends in its transaction ends only that.
func TestCancelledMemberHoldsNobodyUp(t *testing.T) {
	s := share(t)
	first, err := s.Begin()
	if err != nil {
		t.Fatal(err)
	}
	ctx, leave := context.WithCancel(context.Background())
	left := make(chan error, 1)
	go func() {
		_, err := s.BeginTx(ctx, nil)
		left <- err
	}()
	s.waiting(1)
	leave()
	if err := <-left; !errors.Is(err, context.Canceled) {
		t.Errorf("who left got %v", err)
	}
	if err := errors.Join(inserts("a")(first), first.Commit()); err != nil {
		t.Fatal(err)
	}

	ctx, leave = context.WithCancel(context.Background())
	tx, err := s.BeginTx(ctx, nil)
	if err != nil {
		t.Fatal(err)
	}
	if err := inserts("gone")(tx); err != nil {
		t.Fatal(err)
	}
	leave()
	if err := s.transact(inserts("b")); err != nil {
		t.Fatal(err)
	}
	if got := s.words(); !slices.Equal(got, []string{"a", "b"}) {
		t.Errorf("there are %v", got)
	}
}

// All ways of writing are mixed with a disk that fails at times. The table must hold exactly the words whose writers
// were told of success.
func TestTheDatabaseIsWhatWasAcknowledged(t *testing.T) {
	s := share(t)
	for seed := range uint64(8) {
		s.spoil(func(Conn, string) error { return nil })
		s.exec("DELETE FROM words")
		var failing atomic.Int64
		s.spoil(func(conn Conn, text string) error {
			if n := failing.Add(1); n%97 == 0 && text == "COMMIT" {
				return errors.New("disk I/O error")
			} else if n%211 == 0 && strings.HasPrefix(text, "INSERT") {
				_, _ = conn.ExecContext(context.Background(), "ROLLBACK", nil)
				return errors.New("database or disk is full")
			}
			return nil
		})
		var mu sync.Mutex
		acknowledged := map[string]bool{}
		var all sync.WaitGroup
		for writer := range 12 {
			random := rand.New(rand.NewPCG(seed, uint64(writer)))
			all.Go(func() {
				for n := range 40 {
					word := fmt.Sprintf("%02d %02d", writer, n)
					s.clock.Add(random.Int64N(int64(maxGroupAge)))
					var err error
					switch random.IntN(5) {
					case 0:
						_, err = s.Exec("INSERT INTO words VALUES (?)", word)
					case 1:
						err = s.transact(func(tx *sql.Tx) error { return errors.Join(inserts(word)(tx), errors.New("no")) })
					case 2:
						err = s.transact(func(tx *sql.Tx) error { _ = inserts(word)(tx); panic("no") })
					case 3:
						err = s.transact(func(tx *sql.Tx) error { return inserts(word, word+"+", word)(tx) }) // the same word twice
					default:
						err = s.transact(inserts(word))
					}
					if err == nil {
						mu.Lock()
						acknowledged[word] = true
						mu.Unlock()
					}
				}
			})
		}
		all.Wait()
		s.spoil(func(Conn, string) error { return nil })
		if got, want := s.words(), slices.Sorted(maps.Keys(acknowledged)); !slices.Equal(got, want) || len(got) == 0 {
			t.Fatalf("seed %d: the table holds %d words, %d were acknowledged", seed, len(got), len(want))
		}
	}
}

// BenchmarkGroupCommit writes from 16 goroutines, each with its own flush, and in groups.
func BenchmarkGroupCommit(b *testing.B) {
	for _, together := range []bool{false, true} {
		b.Run(fmt.Sprintf("together=%v", together), func(b *testing.B) {
			db, err := Connect(filepath.Join(b.TempDir(), "data.db"))
			if err != nil {
				b.Fatal(err)
			}
			defer db.Close()
			db.DB().SetMaxOpenConns(1)
			if together {
				db.DB().Driver().(*sqliteDriver).connector.shareCommits()
				db.DB().SetMaxOpenConns(maxWriters)
			}
			if _, err := db.NewQuery("CREATE TABLE words (at TEXT)").Execute(); err != nil {
				b.Fatal(err)
			}
			b.SetParallelism(8)
			b.RunParallel(func(pb *testing.PB) {
				for pb.Next() {
					if _, err := db.DB().Exec("INSERT INTO words VALUES (?)", types.NowDateTime().String()); err != nil {
						b.Error(err)
					}
				}
			})
		})
	}
}
