package live

import (
	"strings"
	"sync"
	"sync/atomic"

	"github.com/pocketbase/pocketbase/tools/subscriptions"
)

// connection is a live connection of PocketBase's broker. At each save of any record PocketBase asks every connection
// six times for the subscriptions that the record concerns, and builds a map each time. A connection that subscribes
// only to our topic, as the portal's pages do, answers without building one. With thousands of open pages that was most
// of the cost of a save.
type connection struct {
	*subscriptions.DefaultClient
	changing  sync.Mutex
	oursAlone atomic.Bool // there is no subscription to another topic
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

// change changes the subscriptions. Meanwhile Subscriptions uses PocketBase's way, which is always correct.
func (c *connection) change(do func()) {
	c.changing.Lock()
	defer c.changing.Unlock()
	c.oursAlone.Store(false)
	do()
	ours := true
	for name := range c.DefaultClient.Subscriptions() {
		ours = ours && IsOurs(name)
	}
	c.oursAlone.Store(ours)
}

// Subscriptions returns the subscriptions that begin with one of the prefixes, or all without prefixes.
func (c *connection) Subscriptions(prefixes ...string) map[string]subscriptions.SubscriptionOptions {
	if c.oursAlone.Load() && len(prefixes) > 0 && !canMeanOurs(prefixes) {
		return nil
	}
	return c.DefaultClient.Subscriptions(prefixes...)
}

// IsOurs reports whether a subscription is to our topic, with or without options.
func IsOurs(subscription string) bool {
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
