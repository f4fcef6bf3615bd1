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

// A history is a sequence of events at Clerk. A tag makes its users and addresses unique, so that one studio can
// receive the same history many times, in different orders, and the results can be compared.
type history struct {
	james  string // the address of a client with a project whom James made before; empty if there is none
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

// begin makes the records that exist before the first event, and the JSON of all events.
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

// end describes the resulting clients and the owner of the project. Of a client whose user was deleted, only the
// project is compared: whether the user's name and address arrived before the deletion depends on the order, and events
// after it are ignored.
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

// inOrder delivers the events of a history in their order.
func (h history) inOrder(t testing.TB, s *testkit.Studio, tag string) string {
	t.Helper()
	for _, body := range h.begin(t, s, tag) {
		deliver(t, s, body, http.StatusNoContent)
	}
	return h.end(t, s, tag)
}

// inAnyOrder delivers the events of a history one by one in the given order.
func (h history) inAnyOrder(t testing.TB, s *testkit.Studio, tag string, order []int) string {
	t.Helper()
	bodies := h.begin(t, s, tag)
	for _, i := range order {
		deliver(t, s, bodies[i], http.StatusNoContent)
	}
	return h.end(t, s, tag)
}

// atOnce delivers all events of a history at the same time.
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

// someHistory makes a random history of one or two users: each is created, changed up to three times and perhaps
// deleted, with or without a name and a verified address. As at Clerk, an address belongs to one user at a time. In
// histories with a project, addresses do not pass from one user to another, because the order would decide who gets the
// project.
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
		if email != "" { // without a verified address now, the user keeps the earlier one
			has[user] = email
		}
		h.events = append(h.events, step{user, kind, []string{"", "Ann", "Bob", "Cat"}[random.IntN(4)], email})
	}
	return h.withNamedHeirs()
}

// withNamedHeirs gives a name to each user without one who has had the address of a deleted user. A client keeps the
// name of its deleted user if the next user has none, and whether that name ever arrived depends on the order. With
// names the result is the same in every order.
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

// Events of an address's second user arrive before those of its first. Only a name of the second user makes the result
// independent of the order.
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
		for range random.IntN(4) { // some events are delivered twice
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
