package live_test

import (
	"slices"
	"sync"
	"testing"

	"github.com/pocketbase/pocketbase/tools/subscriptions"
)

// A page's connection answers PocketBase's questions at each save without allocating.
func TestPortalLineCostsOthersSavesNothing(t *testing.T) {
	r := newRoom(t)
	ana := r.Live(r.AnaToken, `portal?options={"query":{"project":"one"}}`)
	defer ana.Close()
	for _, connection := range r.App.SubscriptionsBroker().Clients() {
		prefixes := []string{"comments/*?"}
		if found := connection.Subscriptions(prefixes...); len(found) > 0 {
			t.Errorf("%v begins with comments", found)
		}
		if maps := testing.AllocsPerRun(100, func() { connection.Subscriptions(prefixes...) }); maps > 0 {
			t.Errorf("a save of somebody else's costs this line %v allocations", maps)
		}
		for _, prefix := range []string{"", "port", "portal", "portal?options"} {
			if found := connection.Subscriptions(prefix); len(found) != 1 {
				t.Errorf("%d subscriptions begin with %q", len(found), prefix)
			}
		}
	}
}

// A connection may subscribe to our topic and to PocketBase's, in any order, and receives both.
func TestOtherTopicsAreHeard(t *testing.T) {
	r := newRoom(t)
	for _, topics := range [][]string{{"portal", "projects/*"}, {"projects/*", "portal"}, {"projects/*"}} {
		line := r.Live(r.Owner, topics...)
		project := r.Project("Album")
		for range topics {
			if m := line.Next(); !slices.Contains(topics, m.Topic) || m.Id() != project.Id {
				t.Errorf("%v hears %v on %s", topics, m, m.Topic)
			}
		}
		line.Close()
	}
}

// One change for several lines is encoded once: all get the same bytes.
func TestMessageIsComposedOnce(t *testing.T) {
	r := newRoom(t)
	project := r.Project("Album")
	heard := make(chan subscriptions.Message, 3)
	for range cap(heard) {
		ear := &ear{subscriptions.NewDefaultClient(), heard, sync.Once{}}
		r.App.SubscriptionsBroker().Register(ear)
		if a := r.Do("POST", "/api/realtime", r.AnaToken, fields{"clientId": ear.Id(), "subscriptions": []string{"portal"}}); a.Status != 204 {
			t.Fatalf("%d %s", a.Status, a.Raw)
		}
	}
	r.Save(project, fields{"title": "Other"})
	first := <-heard
	for range cap(heard) - 1 {
		if other := <-heard; &other.Data[0] != &first.Data[0] {
			t.Error("a message was composed again for another line")
		}
	}
}

// ear passes its first message on.
type ear struct {
	*subscriptions.DefaultClient
	heard chan subscriptions.Message
	once  sync.Once
}

func (e *ear) Send(m subscriptions.Message) { e.once.Do(func() { e.heard <- m }) }
