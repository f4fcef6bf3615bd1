// Package durable_test proves by kill -9 that what the server acknowledged is there after a restart, and that nothing
// is half done; then the same for a lost machine, by restoring elsewhere, and for a second one that takes over. What
// needs root, such as a power cut, is in soak_test.go.
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

// A test run has five rounds; the long run sets GREENROOM_KILL_ROUNDS to fifty.
const defaultRounds = 5

// longestWriting is how long the writers write before a kill. Three of four kills then wait for a project's delete and
// fall into it.
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

// killWhile lets all writers write and kills the server at the moment.
func (s *studio) killWhile(writers []writer, moment func()) {
	s.t.Helper()
	s.endWhile(writers, moment, s.kill)
}

// endWhile lets all writers write and ends the server at the moment, in a way after which it answers nothing more.
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

// write writes until it cannot.
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

// awaitDelete returns when the next delete has been sent, and says about how long it will take.
func (w *planter) awaitDelete(t *testing.T) time.Duration {
	t.Helper()
	select {
	case <-w.deleting: // one that was told before
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

// verify looks for everything that was acknowledged, and for anything that was not finished.
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
