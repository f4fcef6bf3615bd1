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

// TestTenSyncsAtOnceAreOne: whoever asks while one runs gets its outcome.
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
	eventually(t, "ten wait", func() bool { return waiting() == 10 })
	release()
	wait()
	wants(t, f.Asked(), "list sync")
}

// TestAFullSyncIsNotTakenForLess: asked for while changes are read, it is one of its own, and one for all who ask.
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
	eventually(t, "six wait", func() bool { return waiting() == 6 })
	held, releaseFull := f.Hold("list")
	defer releaseFull()
	release()
	first()
	<-held
	releaseFull()
	full()
	wants(t, f.Asked(), "list sync", "list")
}

// TestASyncGoesOnWithoutWhoAsked.
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
	eventually(t, "the booking is made", func() bool { return len(bookings(t, s)) == 1 })
}

// TestAStudioThatEndsInASync gives it up at once, and nothing breaks.
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

// waiting counts who waits for the end of a sync at this moment.
func waiting() int { return running("calendar.(*Service).Sync(") }

// running counts the goroutines that are in a function, by their stacks.
func running(function string) int {
	var stacks strings.Builder
	_ = pprof.Lookup("goroutine").WriteTo(&stacks, 2) // a builder takes everything
	return strings.Count(stacks.String(), function)
}

func bearer(s *testkit.Studio, path string) *http.Request {
	request, _ := http.NewRequest("POST", s.URL+path, nil) // the address is a good one
	request.Header.Set("Authorization", "Bearer "+cronSecret)
	return request
}

// inParallel starts work so many times, and returns what waits for all of it.
func inParallel(times int, work func()) (wait func()) {
	var all sync.WaitGroup
	for range times {
		all.Go(work)
	}
	return all.Wait
}
