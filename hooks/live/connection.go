package live

import (
	"strings"
	"sync"
	"sync/atomic"

	"github.com/pocketbase/pocketbase/tools/subscriptions"
)

// connection is an open line as PocketBase's broker knows it. At each save of any record PocketBase asks every line six
// times which of its subscriptions the record concerns, and makes a map for each answer. A line that listens to our
// topic alone, as every page of ours does, says so without one: with thousands of pages open that is most of what a
// save cost.
type connection struct {
	*subscriptions.DefaultClient
	changing  sync.Mutex
	oursAlone atomic.Bool // no subscription is to another topic
}

func newConnection(client *subscriptions.DefaultClient) *connection {
	c := &connection{DefaultClient: client}
	c.change(func() {})
	return c
}

func (c *connection) Subscribe(names ...string) {
	c.change(func() { c.DefaultClient.Subscribe(names...) })
}

func (c *connection) Unsubscribe(names ...string) {
	c.change(func() { c.DefaultClient.Unsubscribe(names...) })
}

// change changes the subscriptions. Until that is done the slow way answers, which is always right.
func (c *connection) change(do func()) {
	c.changing.Lock()
	defer c.changing.Unlock()
	c.oursAlone.Store(false)
	do()
	ours := true
	for name := range c.DefaultClient.Subscriptions() {
		ours = ours && isOurs(name)
	}
	c.oursAlone.Store(ours)
}

// Subscriptions are those that begin with one of the prefixes, or all where none is given.
func (c *connection) Subscriptions(prefixes ...string) map[string]subscriptions.SubscriptionOptions {
	if c.oursAlone.Load() && len(prefixes) > 0 && !canMeanOurs(prefixes) {
		return nil
	}
	return c.DefaultClient.Subscriptions(prefixes...)
}

// isOurs tells of a subscription to our topic, with options or without.
func isOurs(subscription string) bool {
	name, _, _ := strings.Cut(subscription, "?")
	return name == topic
}

func canMeanOurs(prefixes []string) bool {
	for _, prefix := range prefixes {
		if strings.HasPrefix(prefix, topic) || strings.HasPrefix(topic, prefix) {
			return true
		}
	}
	return false
}
