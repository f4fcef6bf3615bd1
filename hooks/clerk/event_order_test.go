package clerk_test

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"slices"
	"strings"
	"sync"
	"testing"

	"github.com/pocketbase/dbx"

	"greenroom/hooks/testkit"
)

// A history is what happens at Clerk, in order. In a world of its own (one tag) its users and addresses are nobody
// else's, so that the same history can be delivered to one studio many times and the ends compared.
type history struct {
	james  string // the address of a client whom James made before, with a project; empty where there is none
	events []step
}

type step struct {
	user, kind, name, email string
}

func (h history) String() string {
	out := fmt.Sprintf("James made %q;", h.james)
	for i, e := range h.events {
		out += fmt.Sprintf(" %d: %s %s %q %q;", i+1, e.user, e.kind, e.name, e.email)
	}
	return out
}

func address(local, tag string) string { return local + "@" + tag + ".example.com" }

// begin makes what is there before the first event, and the bodies of all events.
func (h history) begin(t testing.TB, s *testkit.Studio, tag string) (bodies [][]byte) {
	t.Helper()
	if h.james != "" {
		client := s.Make("clients", map[string]any{"name": "As James wrote it", "email": address(h.james, tag)})
		s.Make("projects", map[string]any{"client": client.Id, "title": tag, "serviceType": "AUDIO", "status": "ACTIVE"})
	}
	for i, e := range h.events {
		p := person{id: "user_" + tag + e.user, first: e.name, email: address(e.email, tag), at: int64(i + 1)}
		if e.email == "" && e.kind != "deleted" {
			bodies = append(bodies, p.event(t, e.kind, status(nil)))
			continue
		}
		bodies = append(bodies, p.event(t, e.kind))
	}
	return bodies
}

// end is what became of a world: its clients, and whose its project is. Of clients whose user was deleted only the work
// is compared: whether their user's name and address were ever heard depends on the order, and nothing may say them
// afterwards.
func (h history) end(t testing.TB, s *testkit.Studio, tag string) string {
	t.Helper()
	var clients []struct {
		Id, Name, Email string
		ClerkId         string `db:"clerkId"`
	}
	err := s.App.DB().NewQuery("SELECT id, name, email, clerkId FROM clients WHERE email LIKE {:world} ORDER BY email").
		Bind(dbx.Params{"world": "%@" + tag + ".example.com"}).All(&clients)
	if err != nil {
		t.Fatal(err)
	}
	anyDeleted := slices.ContainsFunc(h.events, func(e step) bool { return e.kind == "deleted" })
	var lines []string
	for _, c := range clients {
		projects, err := s.App.CountRecords("projects", dbx.HashExp{"client": c.Id})
		if err != nil {
			t.Fatal(err)
		}
		if c.ClerkId == "" && anyDeleted {
			if projects > 0 {
				lines = append(lines, fmt.Sprintf("unlinked with %d projects", projects))
			}
			continue
		}
		lines = append(lines, strings.ReplaceAll(fmt.Sprintf("%s %q %s %d projects", c.Email, c.Name, c.ClerkId, projects), tag, "*"))
	}
	slices.Sort(lines)
	return strings.Join(lines, "\n")
}

// inOrder delivers a history as it happened.
func (h history) inOrder(t testing.TB, s *testkit.Studio, tag string) string {
	t.Helper()
	for _, body := range h.begin(t, s, tag) {
		deliver(t, s, body, http.StatusNoContent)
	}
	return h.end(t, s, tag)
}

// inAnyOrder delivers a history in the given order of its events, one after the other.
func (h history) inAnyOrder(t testing.TB, s *testkit.Studio, tag string, order []int) string {
	t.Helper()
	bodies := h.begin(t, s, tag)
	for _, i := range order {
		deliver(t, s, bodies[i], http.StatusNoContent)
	}
	return h.end(t, s, tag)
}

// atOnce delivers all events of a history together.
func (h history) atOnce(t testing.TB, s *testkit.Studio, tag string, order []int) string {
	t.Helper()
	bodies := h.begin(t, s, tag)
	var group sync.WaitGroup
	for _, i := range order {
		group.Go(func() { deliver(t, s, bodies[i], http.StatusNoContent) })
	}
	group.Wait()
	return h.end(t, s, tag)
}

// someHistory makes up a history of one or two users: created, changed up to three times, maybe deleted, with and
// without a name or a verified address. As at Clerk, no address is anybody's while it is somebody else's. Where there
// is work, addresses do not pass from one user to another either: whose it is then, only the order tells.
func someHistory(random *rand.Rand) (h history) {
	h.james = []string{"", "x", "y"}[random.IntN(3)]
	users := []string{"A", "B"}[:1+random.IntN(2)]
	events, has := map[string]int{}, map[string]string{}
	for range 1 + random.IntN(4*len(users)) {
		user := users[random.IntN(len(users))]
		if events[user] < 0 || events[user] == 4 {
			continue
		}
		kind := "updated"
		if events[user] == 0 {
			kind = "created"
		} else if random.IntN(6) == 0 {
			events[user] = -1
			delete(has, user)
			h.events = append(h.events, step{user: user, kind: "deleted"})
			continue
		}
		events[user]++
		free := slices.DeleteFunc([]string{"", "x", "y", "z"}, func(email string) bool {
			if len(users) == 2 && h.james != "" && email != "" {
				return (email == "z") == (user == "A")
			}
			return email != "" && slices.ContainsFunc(users, func(other string) bool { return other != user && has[other] == email })
		})
		email := free[random.IntN(len(free))]
		if email != "" { // without a verified one, the one before is still theirs
			has[user] = email
		}
		h.events = append(h.events, step{user, kind, []string{"", "Ann", "Bob", "Cat"}[random.IntN(4)], email})
	}
	return h.withNamedHeirs()
}

// withNamedHeirs gives a name to a user without one who has had an address of another user who was deleted. Whoever
// comes to a client that a deleted user left takes it as it is, with its name, and only somebody without a name keeps
// that name. Whether the deleted user's name was ever heard depends on the order, and nothing may say it afterwards: it
// cannot be known.
func (h history) withNamedHeirs() history {
	last, named, deleted, had := map[string]int{}, map[string]bool{}, map[string]bool{}, map[string][]string{}
	for i, e := range h.events {
		if e.kind == "deleted" {
			deleted[e.user] = true
			continue
		}
		last[e.user] = i
		named[e.user] = named[e.user] || e.name != ""
		if e.email != "" {
			had[e.user] = append(had[e.user], e.email)
		}
	}
	for user, i := range last {
		for other := range deleted {
			shared := slices.ContainsFunc(had[user], func(email string) bool { return slices.Contains(had[other], email) })
			if user != other && !named[user] && named[other] && shared {
				h.events[i].name = "Ann"
			}
		}
	}
	return h
}

// The second user of an address comes before the first one's events do. Only a name of their own makes the end certain.
func TestTheFirstUserOfAnAddressIsHeardOfLast(t *testing.T) {
	s := hooked(t)
	order := []int{3, 4, 4, 0, 1, 2}
	h := history{"", []step{{"B", "created", "Cat", "z"}, {"B", "updated", "Cat", "y"}, {user: "B", kind: "deleted"},
		{"A", "created", "", "z"}, {"A", "updated", "", "y"}}}
	if end := h.inAnyOrder(t, s, "nameless", order); !strings.HasPrefix(end, "y@") || !strings.HasSuffix(end, "user_*A 0 projects") {
		t.Errorf("%s\nin the order %v ends as\n%s", h, order, end)
	}
	h = h.withNamedHeirs()
	if want, got := h.inOrder(t, s, "named1"), h.inAnyOrder(t, s, "named2", order); got != want {
		t.Errorf("%s\nin the order %v ends as\n%s\nand in order as\n%s", h, order, got, want)
	}
}

func TestAnyOrderEndsAsInOrder(t *testing.T) {
	seed := testkit.Seed(t)
	random := rand.New(rand.NewPCG(seed, 0))
	s := hooked(t)
	rounds := 10
	if os.Getenv("GREENROOM_SOAK") != "" {
		rounds = 60
	}
	for n := range rounds {
		h := someHistory(random)
		want := h.inOrder(t, s, fmt.Sprintf("w%d", n))
		order := random.Perm(len(h.events))
		for range random.IntN(4) { // some are delivered twice
			order = slices.Insert(order, random.IntN(len(order)+1), random.IntN(len(h.events)))
		}
		if got := h.inAnyOrder(t, s, fmt.Sprintf("o%d", n), order); got != want {
			t.Errorf("seed %d: %s\nin the order %v ends as\n%s\nand in order as\n%s", seed, h, order, got, want)
		}
		if got := h.atOnce(t, s, fmt.Sprintf("c%d", n), order); got != want {
			t.Errorf("seed %d: %s\nat once ends as\n%s\nand in order as\n%s", seed, h, got, want)
		}
	}
}
