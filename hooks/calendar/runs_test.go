package calendar_test

import (
	"context"
	"net/http"
	"runtime/pprof"
	"strings"
	"sync"
	"testing"
	"time"

	"greenroom/hooks/testkit"
)

// Ten simultaneous syncs are one, and all callers get its result.
func TestTenSyncsAtOnceAreOne(t *testing.T) {
	f := testkit.NewGoogle(t)
	s := studio(t, f)
	arrived, release := f.Hold("list sync")
	defer release()
	wait := inParallel(10, func() {
		if answer := s.Do("POST", syncPath, s.Owner, nil); answer.Status != 200 {
			t.Errorf("%d %s", answer.Status, answer.Raw)
		}
	})
	<-arrived
	testkit.Eventually(t, "ten wait", func() bool { return waiting() == 10 })
	release()
	wait()
	wants(t, f.Asked(), "list sync")
}

// A full sync that is asked for while changes are read is a run of its own, shared by all who ask for it.
func TestAFullSyncIsNotTakenForLess(t *testing.T) {
	f := testkit.NewGoogle(t)
	s := studio(t, f)
	s.Client("ana")
	result(t, s, syncPath)
	f.Asked()
	f.Put("m", meeting("Call", 24, "ana@example.com"))
	arrived, release := f.Hold("list sync")
	defer release()
	first := inParallel(1, func() { result(t, s, syncPath) })
	<-arrived
	full := inParallel(5, func() {
		if answer := s.Do("POST", syncPath+"?full=1", s.Owner, nil); answer.Status != 200 {
			t.Errorf("%d %s", answer.Status, answer.Raw)
		}
	})
	testkit.Eventually(t, "six wait", func() bool { return waiting() == 6 })
	held, releaseFull := f.Hold("list")
	defer releaseFull()
	release()
	first()
	<-held
	releaseFull()
	full()
	wants(t, f.Asked(), "list sync", "list")
}

// A sync goes on when the caller disconnects.
func TestASyncGoesOnWithoutWhoAsked(t *testing.T) {
	f := testkit.NewGoogle(t)
	s := studio(t, f)
	s.Client("ana")
	f.Put("m", meeting("Call", 24, "ana@example.com"))
	arrived, goOn := make(chan struct{}), make(chan struct{})
	f.Fail("list", 1, func(w http.ResponseWriter, r *http.Request) {
		close(arrived)
		<-goOn
		f.Lists("m")(w, r)
	})
	ctx, hangUp := context.WithCancel(context.Background())
	request, err := http.NewRequestWithContext(ctx, "POST", s.URL+syncPath, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", s.Owner)
	gaveUp := inParallel(1, func() {
		if response, err := http.DefaultClient.Do(request); err == nil {
			response.Body.Close()
		}
	})
	<-arrived
	hangUp()
	gaveUp()
	close(goOn)
	testkit.Eventually(t, "the booking is made", func() bool { return len(bookings(t, s)) == 1 })
}

// A studio that stops during a sync cancels it at once, without an error.
func TestAStudioThatEndsInASync(t *testing.T) {
	f := testkit.NewGoogle(t)
	arrived, release := f.Hold("list sync")
	defer release()
	var began time.Time
	t.Run("studio", func(t *testing.T) {
		s := studio(t, f, map[string]string{"GREENROOM_URL": "https://portal.example.com"})
		inParallel(1, func() {
			if response, err := http.DefaultClient.Do(bearer(s, syncPath)); err == nil {
				response.Body.Close()
			}
		})
		<-arrived
		began = time.Now()
	})
	if took := time.Since(began); took > patience {
		t.Errorf("the end took %v", took)
	}
}

// waiting counts the callers that wait for the end of a sync now.
func waiting() int { return running("calendar.(*Service).Sync(") }

// running counts the goroutines with a function in their stacks.
func running(function string) int {
	var stacks strings.Builder
	_ = pprof.Lookup("goroutine").WriteTo(&stacks, 2) // writing to memory never fails
	return strings.Count(stacks.String(), function)
}

func bearer(s *testkit.Studio, path string) *http.Request {
	request, _ := http.NewRequest("POST", s.URL+path, nil) // the address is valid
	request.Header.Set("Authorization", "Bearer "+cronSecret)
	return request
}

// inParallel starts work so many times, and returns a function that waits for all of it.
func inParallel(times int, work func()) (wait func()) {
	var all sync.WaitGroup
	for range times {
		all.Go(work)
	}
	return all.Wait
}
