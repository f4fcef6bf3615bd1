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

// channel waits for the one that is open.
func (f *fakeGoogle) channel(t testing.TB) (c fakeChannel) {
	t.Helper()
	eventually(t, "a channel is open", func() bool {
		f.mu.Lock()
		defer f.mu.Unlock()
		for _, c = range f.channels {
		}
		return len(f.channels) == 1
	})
	return c
}

// push calls the studio as Google does.
func push(t testing.TB, s *testkit.Studio, id, token, state string) int {
	t.Helper()
	request, err := http.NewRequest("POST", s.URL+webhookPath, http.NoBody)
	if err != nil {
		t.Fatal(err)
	}
	return ask(t, request, "Content-Type", `application/json; charset="utf-8"`, "X-Goog-Channel-ID", id, "X-Goog-Channel-Token", token,
		"X-Goog-Resource-State", state, "X-Goog-Message-Number", "1").Status
}

// syncs counts those that Google was asked for.
func (f *fakeGoogle) syncs() (count int) {
	f.mu.Lock()
	defer f.mu.Unlock()
	for _, kind := range f.requests {
		if strings.HasPrefix(kind, "list") {
			count++
		}
	}
	return count
}

// TestGoogleSaysWhenToLook: twenty calls are one sync, and it finds what is new.
func TestGoogleSaysWhenToLook(t *testing.T) {
	f := newFake(t)
	s := f.studio(t, public)
	s.Client("ana")
	result(t, s, syncPath)
	c := f.channel(t)
	if c.address != "https://portal.example.com"+webhookPath || len(c.token) < 20 {
		t.Errorf("the channel is %+v", c)
	}
	eventually(t, "the channel is written down", func() bool { return strings.Contains(content(t, s), c.id) })
	f.asked()
	if status := push(t, s, c.id, c.token, "sync"); status/100 != 2 {
		t.Errorf("the first message: %d", status)
	}
	f.put("m", meeting("Call", 24, "ana@example.com"))
	for range 20 {
		if status := push(t, s, c.id, c.token, "exists"); status/100 != 2 {
			t.Errorf("a call: %d", status)
		}
	}
	eventually(t, "the booking is made", func() bool { return len(bookings(t, s)) == 1 })
	// A call that comes now is for another sync; had the first message or one of the twenty asked for more, there were more.
	f.put("n", meeting("Next", 24, "ana@example.com"))
	push(t, s, c.id, c.token, "exists")
	eventually(t, "the next booking is made", func() bool { return len(bookings(t, s)) == 2 })
	if syncs := f.syncs(); syncs != 2 {
		t.Errorf("%d syncs", syncs)
	}
}

// TestAChangeWhileASyncRuns may have come too late for it: the call asks for another.
func TestAChangeWhileASyncRuns(t *testing.T) {
	f := newFake(t)
	s := f.studio(t, public)
	s.Client("ana")
	result(t, s, syncPath)
	c := f.channel(t)
	arrived, release := f.hold("list sync")
	defer release()
	wait := inParallel(1, func() { s.Do("POST", syncPath, s.Owner, nil) })
	<-arrived
	f.put("m", meeting("Call", 24, "ana@example.com"))
	push(t, s, c.id, c.token, "exists")
	eventually(t, "the call waits for the end of the sync", func() bool { return running("calendar.(*runs).idle(") == 1 })
	release()
	wait()
	eventually(t, "the booking is made", func() bool { return len(bookings(t, s)) == 1 })
}

// TestCallsThatAreNotGoogles are refused, and nothing is asked for.
func TestCallsThatAreNotGoogles(t *testing.T) {
	f := newFake(t)
	s := f.studio(t, public)
	c := f.channel(t)
	f.asked()
	for name, status := range map[string]int{
		"wrong token":     push(t, s, c.id, c.token+"x", "exists"),
		"no token":        push(t, s, c.id, "", "exists"),
		"no channel":      push(t, s, "", c.token, "exists"),
		"nothing":         push(t, s, "", "", "exists"),
		"unknown channel": push(t, s, strings.Repeat("0", 32), c.token, "exists"),
		"wrong, at first": push(t, s, c.id, "wrong", "sync"),
	} {
		if status != http.StatusUnauthorized {
			t.Errorf("%s: %d", name, status)
		}
	}
	large, err := http.NewRequest("POST", s.URL+webhookPath, strings.NewReader(strings.Repeat("x", 1<<20)))
	if err != nil {
		t.Fatal(err)
	}
	if answer := ask(t, large, "X-Goog-Channel-ID", c.id, "X-Goog-Channel-Token", c.token, "X-Goog-Resource-State", "exists"); answer.Status != 413 {
		t.Errorf("a large body: %d", answer.Status)
	}
	push(t, s, c.id, c.token, "exists") // and this is all that was heard
	eventually(t, "a sync", func() bool { return f.syncs() > 0 })
	if syncs := f.syncs(); syncs != 1 {
		t.Errorf("%d syncs", syncs)
	}
	noSecrets(t, s, f)
}

// TestAChannelIsRenewed before it ends, and the one before is closed.
func TestAChannelIsRenewed(t *testing.T) {
	f := newFake(t)
	f.watchLife = time.Hour
	s := f.studio(t, public)
	first := f.channel(t)
	eventually(t, "it is written down", func() bool { return strings.Contains(content(t, s), first.id) })
	f.watchLife = 7 * 24 * time.Hour
	run(t, s, "calendarChannels")
	second := f.channel(t)
	if second.id == first.id || second.token == first.token || !slices.Contains(f.stopped, first.id) {
		t.Errorf("first %+v, then %+v; stopped: %v", first, second, f.stopped)
	}
	if push(t, s, first.id, first.token, "exists") != 401 || push(t, s, second.id, second.token, "exists") != 204 {
		t.Error("the first is heard still, or the second is not")
	}
	before := content(t, s)
	run(t, s, "calendarChannels")
	if f.channel(t) != second || content(t, s) != before {
		t.Error("a channel that has time was renewed")
	}
}

// TestAChannelOutlivesARestart where nobody could close it, and is closed when the server ends.
func TestAChannelOutlivesARestart(t *testing.T) {
	f := newFake(t)
	dir := testkit.Dir(t)
	var first fakeChannel
	t.Run("before", func(t *testing.T) {
		s := testkit.Open(t, dir, with(f.environment(), public))
		first = f.channel(t)
		eventually(t, "it is written down", func() bool { return strings.Contains(content(t, s), first.id) })
		f.fail("stop", manyTimes, says(400, "")) // as if it had been killed
	})
	f.heal()
	t.Run("after", func(t *testing.T) {
		s := testkit.Open(t, dir, with(f.environment(), public))
		if status := push(t, s, first.id, first.token, "exists"); status != 204 {
			t.Errorf("it is not heard: %d", status)
		}
		run(t, s, "calendarChannels")
		if f.channel(t) != first {
			t.Error("another was opened")
		}
	})
	if len(f.channels) != 0 || !slices.Contains(f.stopped, first.id) {
		t.Errorf("open: %v, stopped: %v", f.channels, f.stopped)
	}
}

// TestNoChannel where Google refuses one: the owner can see it, and syncs go on.
func TestNoChannelWhereGoogleRefusesOne(t *testing.T) {
	f := newFake(t)
	f.fail("watch", manyTimes, says(401, `{"error":{"code":401,"errors":[{"reason":"webhookUrlUnauthorized"}]}}`))
	s := f.studio(t, public)
	s.Client("ana")
	eventually(t, "the owner can see it", func() bool { return strings.Contains(content(t, s), "calendar:channel:"+calendarId) })
	if state, _, trouble := row(t, s, "calendar:channel:"+calendarId); state == "open" || !strings.Contains(trouble, "webhookUrlUnauthorized") {
		t.Errorf("%s: %s", state, trouble)
	}
	f.put("m", meeting("Call", 24, "ana@example.com"))
	result(t, s, syncPath)
	wants(t, bookings(t, s), "m: ana, Call, on, ")
	if state, _, _ := row(t, s, "calendar"); state != "ok" {
		t.Errorf("the calendar's state is %s", state)
	}
	f.heal()
	run(t, s, "calendarChannels")
	f.channel(t)
	if state, _, trouble := row(t, s, "calendar:channel:"+calendarId); trouble != "" {
		t.Errorf("%s: %s", state, trouble)
	}
}

// TestNobodyPushesByAChannelThatNeverWas: a channel that Google refused opens nothing to those who call without one.
func TestNobodyPushesByAChannelThatNeverWas(t *testing.T) {
	f := newFake(t)
	f.fail("watch", manyTimes, says(403, "{}"))
	dir := testkit.Dir(t)
	environment := f.environment()
	maps.Copy(environment, public)
	t.Run("refused", func(t *testing.T) {
		s := testkit.Open(t, dir, environment)
		eventually(t, "the owner can see it", func() bool { return strings.Contains(content(t, s), "calendar:channel:"+calendarId) })
	})
	s := testkit.Open(t, dir, environment)
	if status := push(t, s, "", "", "exists"); status != 401 {
		t.Errorf("%d", status)
	}
}

// TestJobs: what runs on a schedule, for each way to be configured.
func TestJobs(t *testing.T) {
	f := newFake(t)
	for name, c := range map[string]struct {
		environment map[string]string
		want        []string
	}{
		"not configured":     {nil, nil},
		"without address":    {f.environment(), []string{"calendarReconcile", "calendarSync"}},
		"on plain http":      {with(f.environment(), map[string]string{"GREENROOM_URL": "http://portal.example.com"}), []string{"calendarReconcile", "calendarSync"}},
		"on public https":    {with(f.environment(), public), []string{"calendarChannels", "calendarReconcile", "calendarSync"}},
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
		s := f.studio(t)
		s.Client("ana")
		result(t, s, syncPath)
		f.put("m", meeting("Call", 24, "ana@example.com"))
		f.asked()
		run(t, s, "calendarSync")
		wants(t, bookings(t, s), "m: ana, Call, on, ")
		run(t, s, "calendarReconcile")
		wants(t, f.asked(), "list sync", "list")
	})
}

// run does a scheduled job now.
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
