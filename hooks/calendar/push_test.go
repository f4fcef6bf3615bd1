package calendar_test

import (
	"maps"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"greenroom/hooks/testkit"
)

const webhookPath = "/api/webhooks/google-calendar"

var public = map[string]string{"GREENROOM_URL": "https://portal.example.com"}

// channel waits until one channel is open, and returns it.
func channel(t testing.TB, f *testkit.Google) (c testkit.GoogleChannel) {
	t.Helper()
	testkit.Eventually(t, "a channel is open", func() bool {
		f.Mu.Lock()
		defer f.Mu.Unlock()
		for _, c = range f.Channels {
		}
		return len(f.Channels) == 1
	})
	return c
}

// push calls the webhook as Google does, and returns the status.
func push(t testing.TB, s *testkit.Studio, id, token, state string) int {
	t.Helper()
	request, err := http.NewRequest("POST", s.URL+webhookPath, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	return ask(t, request, "Content-Type", `application/json; charset="utf-8"`, "X-Goog-Channel-ID", id, "X-Goog-Channel-Token", token,
		"X-Goog-Resource-State", state, "X-Goog-Message-Number", "1").Status
}

// syncs counts the lists that Google was asked for.
func syncs(f *testkit.Google) (count int) {
	f.Mu.Lock()
	defer f.Mu.Unlock()
	for _, kind := range f.Requests {
		if strings.HasPrefix(kind, "list") {
			count++
		}
	}
	return count
}

// Twenty calls cause one sync, which finds the change.
func TestGoogleSaysWhenToLook(t *testing.T) {
	f := testkit.NewGoogle(t)
	s := studio(t, f, public)
	s.Client("ana")
	result(t, s, syncPath)
	c := channel(t, f)
	if c.Address != "https://portal.example.com"+webhookPath || len(c.Token) < 20 {
		t.Errorf("the channel is %+v", c)
	}
	testkit.Eventually(t, "the channel is written down", func() bool { return strings.Contains(content(t, s), c.Id) })
	f.Asked()
	if status := push(t, s, c.Id, c.Token, "sync"); status/100 != 2 {
		t.Errorf("the first message: %d", status)
	}
	f.Put("m", meeting("Call", 24, "ana@example.com"))
	for range 20 {
		if status := push(t, s, c.Id, c.Token, "exists"); status/100 != 2 {
			t.Errorf("a call: %d", status)
		}
	}
	testkit.Eventually(t, "the booking is made", func() bool { return len(bookings(t, s)) == 1 })
	// A further call causes a second sync. If the first message or one of the twenty had caused one of its own, there
	// would be more than two.
	f.Put("n", meeting("Next", 24, "ana@example.com"))
	push(t, s, c.Id, c.Token, "exists")
	testkit.Eventually(t, "the next booking is made", func() bool { return len(bookings(t, s)) == 2 })
	if syncs := syncs(f); syncs != 2 {
		t.Errorf("%d syncs", syncs)
	}
}

// A change while a sync runs may have come too late for it, so the call causes another.
func TestAChangeWhileASyncRuns(t *testing.T) {
	f := testkit.NewGoogle(t)
	s := studio(t, f, public)
	s.Client("ana")
	result(t, s, syncPath)
	c := channel(t, f)
	arrived, release := f.Hold("list sync")
	defer release()
	wait := inParallel(1, func() { s.Do("POST", syncPath, s.Owner, nil) })
	<-arrived
	f.Put("m", meeting("Call", 24, "ana@example.com"))
	push(t, s, c.Id, c.Token, "exists")
	testkit.Eventually(t, "the call waits for the end of the sync", func() bool { return running("calendar.(*runs).idle(") == 1 })
	release()
	wait()
	testkit.Eventually(t, "the booking is made", func() bool { return len(bookings(t, s)) == 1 })
}

// Calls that are not Google's are refused, and cause no sync.
func TestCallsThatAreNotGoogles(t *testing.T) {
	f := testkit.NewGoogle(t)
	s := studio(t, f, public)
	c := channel(t, f)
	f.Asked()
	for name, status := range map[string]int{
		"wrong token":     push(t, s, c.Id, c.Token+"x", "exists"),
		"no token":        push(t, s, c.Id, "", "exists"),
		"no channel":      push(t, s, "", c.Token, "exists"),
		"nothing":         push(t, s, "", "", "exists"),
		"unknown channel": push(t, s, strings.Repeat("0", 32), c.Token, "exists"),
		"wrong, at first": push(t, s, c.Id, "wrong", "sync"),
	} {
		if status != http.StatusUnauthorized {
			t.Errorf("%s: %d", name, status)
		}
	}
	large, err := http.NewRequest("POST", s.URL+webhookPath, strings.NewReader(strings.Repeat("x", 1<<20)))
	if err != nil {
		t.Fatal(err)
	}
	if answer := ask(t, large, "X-Goog-Channel-ID", c.Id, "X-Goog-Channel-Token", c.Token, "X-Goog-Resource-State", "exists"); answer.Status != 413 {
		t.Errorf("a large body: %d", answer.Status)
	}
	push(t, s, c.Id, c.Token, "exists") // the only call that is accepted
	testkit.Eventually(t, "a sync", func() bool { return syncs(f) > 0 })
	if syncs := syncs(f); syncs != 1 {
		t.Errorf("%d syncs", syncs)
	}
	noSecrets(t, s, f)
}

// A channel is renewed before it expires, and the old one is closed.
func TestAChannelIsRenewed(t *testing.T) {
	f := testkit.NewGoogle(t)
	f.WatchLife = time.Hour
	s := studio(t, f, public)
	first := channel(t, f)
	testkit.Eventually(t, "it is written down", func() bool { return strings.Contains(content(t, s), first.Id) })
	f.WatchLife = 7 * 24 * time.Hour
	run(t, s, "calendarChannels")
	second := channel(t, f)
	if second.Id == first.Id || second.Token == first.Token || !slices.Contains(f.Stopped, first.Id) {
		t.Errorf("first %+v, then %+v; stopped: %v", first, second, f.Stopped)
	}
	if push(t, s, first.Id, first.Token, "exists") != 401 || push(t, s, second.Id, second.Token, "exists") != 204 {
		t.Error("the first is heard still, or the second is not")
	}
	before := content(t, s)
	run(t, s, "calendarChannels")
	if channel(t, f) != second || content(t, s) != before {
		t.Error("a channel that has time was renewed")
	}
}

// A channel that could not be closed is used again after a restart; an ordinary stop closes it.
func TestAChannelOutlivesARestart(t *testing.T) {
	f := testkit.NewGoogle(t)
	dir := testkit.Dir(t)
	var first testkit.GoogleChannel
	t.Run("before", func(t *testing.T) {
		s := testkit.Open(t, dir, with(f.Environment(), public))
		first = channel(t, f)
		testkit.Eventually(t, "it is written down", func() bool { return strings.Contains(content(t, s), first.Id) })
		f.Fail("stop", manyTimes, testkit.Says(400, "")) // closing fails, as if the server had been killed
	})
	f.Heal()
	t.Run("after", func(t *testing.T) {
		s := testkit.Open(t, dir, with(f.Environment(), public))
		if status := push(t, s, first.Id, first.Token, "exists"); status != 204 {
			t.Errorf("it is not heard: %d", status)
		}
		run(t, s, "calendarChannels")
		if channel(t, f) != first {
			t.Error("another was opened")
		}
	})
	if len(f.Channels) != 0 || !slices.Contains(f.Stopped, first.Id) {
		t.Errorf("open: %v, stopped: %v", f.Channels, f.Stopped)
	}
}

// Where Google refuses a channel, the owner can see it, and syncs go on by the schedule.
func TestNoChannelWhereGoogleRefusesOne(t *testing.T) {
	f := testkit.NewGoogle(t)
	f.Fail("watch", manyTimes, testkit.Says(401, `{"error":{"code":401,"errors":[{"reason":"webhookUrlUnauthorized"}]}}`))
	s := studio(t, f, public)
	s.Client("ana")
	testkit.Eventually(t, "the owner can see it", func() bool { return strings.Contains(content(t, s), "calendar:channel:"+testkit.GoogleCalendar) })
	if state, _, trouble := row(t, s, "calendar:channel:"+testkit.GoogleCalendar); state == "open" || !strings.Contains(trouble, "webhookUrlUnauthorized") {
		t.Errorf("%s: %s", state, trouble)
	}
	f.Put("m", meeting("Call", 24, "ana@example.com"))
	result(t, s, syncPath)
	wants(t, bookings(t, s), "m: ana, Call, on, ")
	if state, _, _ := row(t, s, "calendar"); state != "ok" {
		t.Errorf("the calendar's state is %s", state)
	}
	f.Heal()
	run(t, s, "calendarChannels")
	channel(t, f)
	if state, _, trouble := row(t, s, "calendar:channel:"+testkit.GoogleCalendar); trouble != "" {
		t.Errorf("%s: %s", state, trouble)
	}
}

// A channel that Google refused accepts no calls, not even those that name no channel.
func TestNobodyPushesByAChannelThatNeverWas(t *testing.T) {
	f := testkit.NewGoogle(t)
	f.Fail("watch", manyTimes, testkit.Says(403, "{}"))
	dir := testkit.Dir(t)
	environment := f.Environment()
	maps.Copy(environment, public)
	t.Run("refused", func(t *testing.T) {
		s := testkit.Open(t, dir, environment)
		testkit.Eventually(t, "the owner can see it", func() bool { return strings.Contains(content(t, s), "calendar:channel:"+testkit.GoogleCalendar) })
	})
	s := testkit.Open(t, dir, environment)
	if status := push(t, s, "", "", "exists"); status != 401 {
		t.Errorf("%d", status)
	}
}

// The scheduled jobs, for each configuration.
func TestJobs(t *testing.T) {
	f := testkit.NewGoogle(t)
	for name, c := range map[string]struct {
		environment map[string]string
		want        []string
	}{
		"not configured":     {nil, nil},
		"without address":    {f.Environment(), []string{"calendarReconcile", "calendarSync"}},
		"on plain http":      {with(f.Environment(), map[string]string{"GREENROOM_URL": "http://portal.example.com"}), []string{"calendarReconcile", "calendarSync"}},
		"on public https":    {with(f.Environment(), public), []string{"calendarChannels", "calendarReconcile", "calendarSync"}},
		"https, no calendar": {public, nil},
	} {
		t.Run(name, func(t *testing.T) {
			s := testkit.New(t, c.environment)
			var jobs []string
			for _, job := range s.App.Cron().Jobs() {
				if strings.HasPrefix(job.Id(), "calendar") {
					jobs = append(jobs, job.Id())
				}
			}
			slices.Sort(jobs)
			wants(t, jobs, c.want...)
			known := push(t, s, "x", "y", "exists") == 401
			if known != slices.Contains(c.want, "calendarChannels") {
				t.Errorf("the webhook is there: %t", known)
			}
		})
	}
	t.Run("they sync", func(t *testing.T) {
		s := studio(t, f)
		s.Client("ana")
		result(t, s, syncPath)
		f.Put("m", meeting("Call", 24, "ana@example.com"))
		f.Asked()
		run(t, s, "calendarSync")
		wants(t, bookings(t, s), "m: ana, Call, on, ")
		run(t, s, "calendarReconcile")
		wants(t, f.Asked(), "list sync", "list")
	})
}

// run runs a scheduled job now.
func run(t testing.TB, s *testkit.Studio, name string) {
	t.Helper()
	for _, job := range s.App.Cron().Jobs() {
		if job.Id() == name {
			job.Run()
			return
		}
	}
	t.Fatalf("no job %s", name)
}

func with(environment, more map[string]string) map[string]string {
	out := maps.Clone(environment)
	maps.Copy(out, more)
	return out
}
