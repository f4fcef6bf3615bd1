// Package durable_test kills the server (kill -9) and proves that what it acknowledged is there after a restart and
// that no transaction is half done; then the same for a lost machine, by a restore elsewhere, and for a second machine
// that takes over. Tests that need root, such as a power cut, are in soak_test.go.
package durable_test

import (
	"cmp"
	"errors"
	"math/rand/v2"
	"os"
	"strconv"
	"sync"
	"testing"
	"time"

	"greenroom/hooks/testkit"
)

// defaultRounds is the number of kills in a test run; GREENROOM_KILL_ROUNDS overrides it.
const defaultRounds = 5

// longestWriting is how long the writers write at most before a kill. Three of four kills wait for the deletion of a
// project and happen during it.
const longestWriting = time.Second

func TestKill(t *testing.T) {
	t.Parallel()
	rounds := int(number(t, "GREENROOM_KILL_ROUNDS", defaultRounds))
	seed := testkit.Seed(t)
	choose := func(who uint64) *rand.Rand { return rand.New(rand.NewPCG(seed, who)) }

	s := open(t)
	trees := newPlanter(choose(1))
	writers := []writer{&commenter{ledger: newLedger()}, &approver{ledger: newLedger()}, &calendar{ledger: newLedger(), choose: choose(2)}, trees}
	chooseMoment := choose(3)

	for round := range rounds {
		s.killWhile(writers, func() {
			time.Sleep(chooseMoment.N(longestWriting))
			if chooseMoment.IntN(4) > 0 {
				time.Sleep(chooseMoment.N(trees.awaitDelete(t)))
			}
		})
		s.start()
		s.verify(writers)
		if t.Failed() {
			t.Fatalf("after kill %d of %d", round+1, rounds)
		}
	}
	for _, w := range writers {
		t.Logf("%T: %d requests were acknowledged", w, w.known().acks)
	}
	t.Logf("%d projects were deleted", trees.deletes)
}

func number(t *testing.T, variable string, otherwise int64) int64 {
	t.Helper()
	n, err := strconv.ParseInt(cmp.Or(os.Getenv(variable), strconv.FormatInt(otherwise, 10)), 10, 64)
	if err != nil {
		t.Fatalf("%s: %v", variable, err)
	}
	return n
}

// killWhile kills the server while all writers write, when moment returns.
func (s *studio) killWhile(writers []writer, moment func()) {
	s.t.Helper()
	s.endWhile(writers, moment, s.kill)
}

// endWhile calls end while all writers write, once moment has returned. After end the server must answer nothing more.
func (s *studio) endWhile(writers []writer, moment, end func()) {
	s.t.Helper()
	killed := make(chan struct{})
	var started, ended sync.WaitGroup
	started.Add(len(writers))
	for _, w := range writers {
		ended.Go(func() {
			first := sync.OnceFunc(started.Done)
			defer first()
			if err := write(s, w, first); !isClosed(killed) || errors.As(err, new(refusal)) {
				s.t.Errorf("%T was stopped by more than the kill: %v", w, err)
			}
		})
	}
	started.Wait()
	moment()
	close(killed)
	end()
	s.http.CloseIdleConnections()
	ended.Wait()
}

// write repeats the writer's step until one fails, and calls first after each that succeeded.
func write(s *studio, w writer, first func()) error {
	for {
		if err := w.step(s); err != nil {
			return err
		}
		first()
	}
}

func isClosed(c chan struct{}) bool {
	select {
	case <-c:
		return true
	default:
		return false
	}
}

// awaitDelete returns when the next deletion has been sent, with an estimate of how long it will take.
func (w *planter) awaitDelete(t *testing.T) time.Duration {
	t.Helper()
	select {
	case <-w.deleting: // discards an earlier notice
	default:
	}
	select {
	case took := <-w.deleting:
		return took
	case <-time.After(time.Minute):
		t.Error("no project was deleted")
		return 1
	}
}

// verify fails unless every acknowledged change is there and no transaction is half done.
func (s *studio) verify(writers []writer) {
	s.t.Helper()
	data := s.database("data.db")
	defer data.Close()
	data.whole()
	data.noOrphans()
	for _, w := range writers {
		found := map[string]string{}
		data.each(w.found(), func(id, state string) { found[id] = state })
		for _, wrong := range w.known().compare(found) {
			s.t.Errorf("%T: %s", w, wrong)
		}
	}
	logs := s.database("auxiliary.db")
	defer logs.Close()
	logs.whole()
	if _, err := s.ask("GET", "/api/portal/overview", s.client, nil); err != nil {
		s.t.Errorf("the client can no longer read: %v", err)
	}
}
