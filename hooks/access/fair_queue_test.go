package access

import (
	"context"
	"errors"
	"fmt"
	"testing"
	"testing/synctest"
	"time"
)

// A visitor without a request in process is served at once, however busy others are; free places go to those with the
// fewest in process; and nobody exceeds their own limit.
func TestTheQueueIsFair(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newFairQueue(6)
		var atWork []string
		leaves := map[string][]func(){}
		asks := func(who string, times int) {
			for range times {
				go func() {
					if leave, err := m.enter(t.Context(), who, 4); err == nil {
						atWork = append(atWork, who)
						leaves[who] = append(leaves[who], leave)
					}
				}()
				synctest.Wait()
			}
		}
		ends := func(who string) {
			leave := leaves[who][0]
			leaves[who] = leaves[who][1:]
			leave()
			synctest.Wait()
		}
		now := func() string { return fmt.Sprint(len(leaves["ana"]), len(leaves["ben"]), len(leaves["cat"])) }
		for _, step := range []struct {
			what string
			do   func()
			want string
		}{
			{"a busy client has its share", func() { asks("ana", 10) }, "4 0 0"},
			{"another takes the places that are left", func() { asks("ben", 10) }, "4 2 0"},
			{"a quiet one goes at once", func() { asks("cat", 1) }, "4 2 1"},
			{"but once", func() { asks("cat", 1) }, "4 2 1"},
			{"a place too many goes to nobody", func() { ends("ana") }, "3 2 1"},
			{"the next goes to the one with the fewest", func() { ends("ana") }, "2 2 2"},
			{"of equal ones to the one who has waited longest", func() { ends("cat") }, "3 2 1"},
			{"who has nothing left at work and waits goes first", func() { ends("ben"); ends("ben") }, "3 2 1"},
		} {
			step.do()
			if got := now(); got != step.want {
				t.Errorf("%s: %s at work, not %s", step.what, got, step.want)
			}
		}
		for len(leaves["ana"])+len(leaves["ben"])+len(leaves["cat"]) > 0 {
			for _, who := range []string{"ana", "ben", "cat"} {
				if len(leaves[who]) > 0 {
					ends(who)
				}
			}
		}
		if len(atWork) != 22 || len(m.of) != 0 || m.working != 0 || m.waiting != 0 {
			t.Errorf("%d came to work; kept %v, %d at work, %d waiting", len(atWork), m.of, m.working, m.waiting)
		}
	})
}

// A queue has a maximal length and a maximal wait. A request that gave up gets no place.
func TestAWaitInTheQueueEnds(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		m := newFairQueue(1)
		leave, err := m.enter(t.Context(), "ana", 4)
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		answers := make(chan error, maxInLine)
		for range maxInLine {
			go func() {
				_, err := m.enter(ctx, "ana", 4)
				answers <- err
			}()
		}
		synctest.Wait()
		if _, err := m.enter(t.Context(), "ana", 4); !errors.Is(err, errLineFull) {
			t.Errorf("one too many: %v", err)
		}
		cancel()
		for range maxInLine {
			if err := <-answers; !errors.Is(err, errNoTurn) {
				t.Errorf("one who left: %v", err)
			}
		}
		began := time.Now()
		if _, err := m.enter(t.Context(), "ana", 4); !errors.Is(err, errNoTurn) || time.Since(began) != turnWait {
			t.Errorf("waited %s: %v", time.Since(began), err)
		}
		leave()
		if len(m.of) != 0 || m.working != 0 || m.waiting != 0 {
			t.Errorf("kept %v, %d at work, %d waiting", m.of, m.working, m.waiting)
		}
	})
}
