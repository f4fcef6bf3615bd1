package billing

import (
	"context"
	"errors"
	"fmt"
	"sync"
	"sync/atomic"
	"testing"
	"testing/synctest"
	"time"
)

// source stands for Stripe: it answers after a delay with a statement whose note is the number of the request.
type source struct {
	asked atomic.Int64

	mu    sync.Mutex
	takes time.Duration
	err   error
}

// becomes sets the delay and the error of the following requests.
func (s *source) becomes(takes time.Duration, err error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.takes, s.err = takes, err
}

func (s *source) fetch(ctx context.Context, _ string) (*statement, error) {
	s.mu.Lock()
	n, takes, err := s.asked.Add(1), s.takes, s.err
	s.mu.Unlock()
	select {
	case <-time.After(takes):
	case <-ctx.Done():
		return nil, ctx.Err()
	}
	if err != nil {
		return nil, err
	}
	st := empty(true)
	st.Note = fmt.Sprint(n)
	return st, nil
}

// inTime runs a test in synthetic time (testing/synctest), in which waiting takes no real time.
func inTime(t *testing.T, s *source, test func(t *testing.T, c *cache)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		c := newCache(ctx, s.fetch)
		test(t, c)
		cancel()
		c.wait()
	})
}

// want gets the statement and checks which request it came from and whether it is stale. The number "" wants an error.
func want(t *testing.T, c *cache, number string, stale bool) answer {
	t.Helper()
	got, err := c.get(t.Context(), "cus_1")
	switch {
	case number == "" && err == nil:
		t.Errorf("got %s, want an error", got.statement.Note)
	case number != "" && err != nil:
		t.Errorf("got %v, want %s", err, number)
	case number != "" && (got.statement.Note != number || got.stale != stale):
		t.Errorf("got %s, stale %v; want %s, %v", got.statement.Note, got.stale, number, stale)
	}
	return got
}

func TestAnAnswerIsFreshForAWhile(t *testing.T) {
	inTime(t, &source{takes: time.Second}, func(t *testing.T, c *cache) {
		first := want(t, c, "1", false)
		if since := time.Since(first.asOf); since != time.Second {
			t.Errorf("it is of %v ago, want the moment of the question", since)
		}
		time.Sleep(freshFor - 2*time.Second)
		want(t, c, "1", false)
		time.Sleep(2 * time.Second)
		want(t, c, "2", false)
	})
}

func TestStaleAnswersAgeOut(t *testing.T) {
	s := &source{}
	inTime(t, s, func(t *testing.T, c *cache) {
		first := want(t, c, "1", false)
		s.becomes(0, errors.New("down"))
		time.Sleep(maxStaleAge)
		if got := want(t, c, "1", true); !got.asOf.Equal(first.asOf) {
			t.Errorf("it is of %v, want %v", got.asOf, first.asOf)
		}
		time.Sleep(time.Second)
		want(t, c, "", false)
	})
}

func TestStripeRestsAfterAFailure(t *testing.T) {
	s := &source{err: errors.New("down")}
	inTime(t, s, func(t *testing.T, c *cache) {
		for range 10 {
			want(t, c, "", false)
		}
		if n := s.asked.Load(); n != 1 {
			t.Errorf("asked %d times", n)
		}
		s.becomes(0, nil)
		time.Sleep(restTime - time.Millisecond)
		want(t, c, "", false)
		time.Sleep(time.Millisecond)
		want(t, c, "2", false)

		s.becomes(0, errors.New("down again"))
		c.drop("cus_1")
		want(t, c, "2", true)
		s.becomes(0, nil)
		c.drop("cus_1") // the event proves that Stripe is up, which ends the rest after a failure
		want(t, c, "4", false)
	})
}

// A visitor who leaves does not cancel the request that others wait for, and its answer is cached.
func TestGoneVisitorCancelsNothing(t *testing.T) {
	s := &source{takes: time.Second}
	inTime(t, s, func(t *testing.T, c *cache) {
		impatient, leave := context.WithCancel(t.Context())
		var others sync.WaitGroup
		others.Go(func() {
			if _, err := c.get(impatient, "cus_1"); !errors.Is(err, context.Canceled) {
				t.Errorf("got %v", err)
			}
		})
		synctest.Wait()
		for range 99 {
			others.Go(func() { want(t, c, "1", false) })
		}
		time.Sleep(time.Millisecond)
		leave()
		others.Wait()
		want(t, c, "1", false)
		if n := s.asked.Load(); n != 1 {
			t.Errorf("asked %d times", n)
		}
	})
}

// Every visitor waits at most for patience after the request began, and the answer is cached even when it comes later.
func TestPatience(t *testing.T) {
	s := &source{takes: patience + 2*time.Second}
	inTime(t, s, func(t *testing.T, c *cache) {
		began := time.Now()
		var second sync.WaitGroup
		second.Go(func() {
			time.Sleep(patience - time.Second)
			want(t, c, "", false)
			if waited := time.Since(began); waited != patience {
				t.Errorf("the second went after %v of the question", waited)
			}
		})
		want(t, c, "", false)
		if waited := time.Since(began); waited != patience {
			t.Errorf("waited %v", waited)
		}
		second.Wait()
		time.Sleep(time.Second)
		want(t, c, "", false) // answered at once, because the request is older than patience
		if waited := time.Since(began); waited != patience+time.Second {
			t.Errorf("waited until %v", waited)
		}
		time.Sleep(time.Second)
		synctest.Wait()
		want(t, c, "1", false)
	})
}

// An answer that was requested before an event is not cached, because it may lack the change.
func TestAnAnswerFromBeforeAnEventIsNotHeld(t *testing.T) {
	s := &source{takes: 2 * time.Second}
	inTime(t, s, func(t *testing.T, c *cache) {
		var early sync.WaitGroup
		early.Go(func() { want(t, c, "1", false) })
		time.Sleep(time.Second)
		c.drop("cus_1")
		want(t, c, "2", false) // of the second request, which ends after the first
		early.Wait()
		want(t, c, "2", false)

		s.becomes(3*time.Second, nil)
		c.drop("cus_1")
		early.Go(func() { want(t, c, "3", false) })
		time.Sleep(time.Second)
		c.drop("cus_1")
		s.becomes(time.Second, nil)
		want(t, c, "4", false) // this answer comes before that of the third request
		early.Wait()
		want(t, c, "4", false)
	})
}

func TestTheCacheIsBounded(t *testing.T) {
	s := &source{}
	inTime(t, s, func(t *testing.T, c *cache) {
		want(t, c, "1", false)
		for i := range 3 * maxHeld {
			if _, err := c.get(t.Context(), fmt.Sprint("cus_other_", i)); err != nil {
				t.Error(err)
			}
			want(t, c, "1", false) // a customer who is asked for again is not evicted
		}
		if len(c.entries) != maxHeld || c.used.Len() != maxHeld {
			t.Errorf("holds %d, %d", len(c.entries), c.used.Len())
		}
		c.drop("cus_nobody")
		if len(c.entries) != maxHeld {
			t.Error("dropping somebody unknown made an entry")
		}
	})
}

func TestFewCustomersAreAskedForAtOnce(t *testing.T) {
	s := &source{takes: time.Second}
	inTime(t, s, func(t *testing.T, c *cache) {
		var all sync.WaitGroup
		for i := range 2 * maxAtOnce {
			all.Go(func() {
				if _, err := c.get(t.Context(), fmt.Sprint("cus_", i)); err != nil {
					t.Error(err)
				}
			})
		}
		time.Sleep(time.Millisecond)
		if n := s.asked.Load(); n != maxAtOnce {
			t.Errorf("%d were asked for", n)
		}
		all.Wait()
	})
}

func TestTheEndOfTheAppEndsItsQuestions(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(context.Background())
		c := newCache(ctx, (&source{takes: time.Hour}).fetch)
		began := time.Now()
		go func() {
			time.Sleep(time.Second)
			cancel()
		}()
		want(t, c, "", false)
		c.wait()
		if took := time.Since(began); took != time.Second {
			t.Errorf("took %v", took)
		}
	})
}

func BenchmarkHeldAnswer(b *testing.B) {
	c := newCache(b.Context(), (&source{}).fetch)
	for b.Loop() {
		if _, err := c.get(b.Context(), "cus_1"); err != nil {
			b.Fatal(err)
		}
	}
}
