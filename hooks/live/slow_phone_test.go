package live_test

import (
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pocketbase/pocketbase/tools/subscriptions"

	"greenroom/hooks/testkit"
)

// One line is not read for a while. Writers and other lines go on; once it is read again, the waiting messages arrive
// in order.
func TestSlowPhone(t *testing.T) {
	r := newRoom(t)
	session := r.With("sessions", fields{"title": "Day", "project": r.Project("Album").Id})
	slow, quick := r.Live(r.AnaToken, "portal"), r.Live(r.Owner, "portal")
	defer quick.Close()
	resume := slow.Stall()
	const changes = 250
	notes := strings.Repeat("n", 90_000) // 22 MB in all, more than the sockets buffer
	session.Set("notes", notes)
	inTime(t, resume, func() error {
		for i := range changes {
			session.Set("durationMin", i)
			if err := r.App.Save(session); err != nil {
				return err
			}
		}
		return nil
	})
	inOrder := func(who string, line *testkit.Live) {
		for i, m := range line.Take(changes) {
			if m.Record["durationMin"] != float64(i) {
				t.Fatalf("%s hears of change %v as the %dth", who, m.Record["durationMin"], i)
			}
		}
	}
	inOrder("the quick line", quick)
	resume()
	inOrder("the slow line", slow)
	slow.Close()
}

// A line that is never read is closed when too many messages wait. No other line is affected.
func TestEndlesslySlowPhone(t *testing.T) {
	r := newRoom(t)
	milestone := r.With("milestones", fields{"title": "Mix", "project": r.Project("Album").Id})
	l := r.listen()
	stuck := &stuckConnection{DefaultClient: subscriptions.NewDefaultClient(), release: make(chan struct{})}
	release := sync.OnceFunc(func() { close(stuck.release) })
	t.Cleanup(release)
	r.App.SubscriptionsBroker().Register(stuck)
	subscribed := r.Do("POST", "/api/realtime", r.AnaToken, fields{"clientId": stuck.Id(), "subscriptions": []string{"portal"}})
	if subscribed.Status != 204 {
		t.Fatalf("%d %s", subscribed.Status, subscribed.Raw)
	}
	changes := 0
	inTime(t, release, func() error {
		for ; !stuck.IsDiscarded() && changes < 3000; changes++ {
			milestone.Set("sortOrder", changes)
			if err := r.App.Save(milestone); err != nil {
				return err
			}
		}
		return nil
	})
	if changes < 1000 || changes == 3000 {
		t.Errorf("it was hung up on after %d changes", changes)
	}
	if _, err := r.App.SubscriptionsBroker().ClientById(stuck.Id()); err == nil {
		t.Error("the server still knows it")
	}
	for _, line := range []*testkit.Live{l.ana, l.owner} {
		if heard := line.Take(changes); heard[changes-1].Record["sortOrder"] != float64(changes-1) {
			t.Errorf("the last that another hears is %v", heard[changes-1].Record["sortOrder"])
		}
	}
}

// inTime runs write, and fails the test if a line that is not read delays it; release then lets the line go on.
func inTime(t *testing.T, release func(), write func() error) {
	t.Helper()
	written := make(chan error, 1)
	go func() { written <- write() }()
	select {
	case err := <-written:
		if err != nil {
			t.Fatal(err)
		}
	case <-time.After(time.Minute):
		release()
		<-written
		t.Fatal("the writer waits for the slow line")
	}
}

// stuckConnection accepts no message until it is released.
type stuckConnection struct {
	*subscriptions.DefaultClient
	release chan struct{}
}

func (c *stuckConnection) Send(subscriptions.Message) { <-c.release }
