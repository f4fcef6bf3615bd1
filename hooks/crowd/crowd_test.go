// Package crowd_test has a whole studio at work at once, as on its busiest day: it shows what goes wrong only where the
// rooms meet. The race detector runs it first.
package crowd_test

import (
	"bytes"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/database"
	"greenroom/hooks/testkit"
)

// rounds is how often each of them does what they do. All together stay below the limit of requests from one address.
const rounds = 12

// crowd is a studio with the people who use it.
type crowd struct {
	*testkit.Studio
	t       *testing.T
	google  *testkit.Google
	clients []*client
}

// client is one of the studio's clients. Their texts contain their name, which no other client may see.
type client struct {
	name, token, project, goal string
	record                     *core.Record
	line                       *testkit.Live // open from the beginning to the end

	mu   sync.Mutex
	said []string // the ids of the comments of their thread that were acknowledged
}

// gather opens a studio as main does, with shared commits, the calendar, checksums in the background, and fair queues.
func gather(t *testing.T) *crowd {
	t.Helper()
	google := testkit.NewGoogle(t)
	environment := google.Environment()
	environment["GREENROOM_HOURS"], environment["GREENROOM_TIMEZONE"] = "Mon-Sun 00:00-24:00", zoneAtNoon()
	environment[testkit.Checksums] = "on"
	c := &crowd{Studio: testkit.Connect(t, testkit.Dir(t), environment, database.Connect), t: t, google: google}
	settings := c.App.Settings()
	settings.RateLimits.Enabled = true // the queues belong to the limits
	settings.RateLimits.Rules = []core.RateLimitRule{{Label: "/api/", MaxRequests: 100_000, Duration: 1}}
	if err := c.App.Save(settings); err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"Ana", "Ben", "Cleo"} {
		record, token := c.Client(name)
		project := c.Make("projects", map[string]any{"client": record.Id, "title": "Album of " + name, "serviceType": "AUDIO"})
		goal := c.Make("goals", map[string]any{"project": project.Id, "title": "Goal of " + name})
		looking := testkit.Topic("portal", map[string]string{"project": project.Id})
		c.clients = append(c.clients, &client{name: name, token: token, project: project.Id, goal: goal.Id, record: record, line: c.Live(token, looking)})
	}
	return c
}

// zoneAtNoon is a zone where it is noon or a little later, because no mail leaves in the night of its recipient. The signs
// of these zones are those of POSIX: Etc/GMT+3 is three hours behind UTC.
func zoneAtNoon() string { return fmt.Sprintf("Etc/GMT%+d", time.Now().UTC().Hour()-12) }

// must sends a request that has to succeed.
func (c *crowd) must(method, path, token string, body any) testkit.Answer {
	c.t.Helper()
	answer := c.Do(method, path, token, body)
	if answer.Status/100 != 2 {
		c.t.Errorf("%s %s: %d %s", method, path, answer.Status, answer.Raw)
	}
	if answer.Status >= 500 {
		c.t.Logf("the server's log:\n%s", strings.Join(c.Logged(), "\n"))
	}
	return answer
}

// page gets a client's page of their project, which must have the words and nothing of another client's.
func (c *crowd) page(of *client, token, query, words string) {
	c.t.Helper()
	page := c.must("GET", "/api/portal/projects/"+of.project+query, token, nil)
	if !bytes.Contains(page.Raw, []byte(words)) {
		c.t.Errorf("%s does not see %q, which was acknowledged", of.name, words)
	}
	for _, other := range c.clients {
		if other != of && bytes.Contains(page.Raw, []byte(other.name)) {
			c.t.Errorf("%s's page names %s", of.name, other.name)
		}
	}
}

// say writes a comment into the client's thread.
func (c *crowd) say(of *client, token, words string) {
	c.t.Helper()
	answer := c.must("POST", "/api/collections/comments/records", token, map[string]any{"goal": of.goal, "body": words})
	id, _ := answer.JSON()["id"].(string)
	of.mu.Lock()
	defer of.mu.Unlock()
	of.said = append(of.said, id)
}

func TestEverythingAtOnce(t *testing.T) {
	c := gather(t)
	var work sync.WaitGroup
	for _, each := range c.clients {
		for name, do := range map[string]func(n int){
			"talks": func(n int) {
				words := fmt.Sprintf("%s says %d.", each.name, n)
				c.say(each, each.token, words)
				c.page(each, each.token, "", words)
			},
			"is answered": func(n int) {
				words := fmt.Sprintf("The answer to %s is %d.", each.name, n)
				c.say(each, c.Owner, words)
				c.page(each, c.Owner, "?as="+each.record.Id, words)
			},
			"looks around": func(n int) {
				c.must("GET", "/api/portal/overview", each.token, nil)
				c.must("GET", "/api/portal/search?q=answer", each.token, nil)
				line := c.Live(each.token, "portal", "goals/*")
				defer line.Close()
				if n%4 == 0 {
					c.must("GET", "/api/portal/availability?days=7&duration=60&from="+time.Now().UTC().AddDate(0, 0, 1).Format(time.DateOnly), each.token, nil)
				}
			},
			"sends a file": func(n int) {
				if n%3 == 0 {
					c.sendFile(each, fmt.Sprintf("The take %d of %s", n, each.name))
				}
			},
		} {
			work.Go(func() {
				for n := range rounds {
					do(n)
				}
				if t.Failed() {
					t.Logf("%s %s, or somebody else did not come to their end", each.name, name)
				}
			})
		}
	}
	for _, do := range []func(n int){c.edit, c.change, c.meet, c.signOut, c.writeFromElsewhere} {
		work.Go(func() {
			for n := range rounds / 2 {
				do(n)
			}
		})
	}
	work.Wait()
	c.compare()
	c.sendFile(c.clients[0], "The last take") // whose checksum is computed while the studio stops
	c.Stop()
}

// edit is the owner who makes a project with some goals, renames others, reads the briefing, and removes the project
// again with everything in it.
func (c *crowd) edit(n int) {
	of := c.clients[n%len(c.clients)]
	project, _ := c.must("POST", "/api/collections/projects/records", c.Owner, map[string]any{"client": of.record.Id, "title": "Single of " + of.name, "serviceType": "AUDIO"}).JSON()["id"].(string)
	for range 3 {
		c.must("POST", "/api/collections/goals/records", c.Owner, map[string]any{"project": project, "title": "Short-lived"})
	}
	c.must("PATCH", "/api/collections/goals/records/"+of.goal, c.Owner, map[string]any{"title": fmt.Sprintf("Goal %d of %s", n, of.name)})
	c.must("GET", "/api/studio/briefing", c.Owner, nil)
	c.must("DELETE", "/api/collections/projects/records/"+project, c.Owner, nil)
	if answer := c.Do("GET", "/api/portal/projects/"+project, of.token, nil); answer.Status != http.StatusNotFound {
		c.t.Errorf("a deleted project is still shown: %d", answer.Status)
	}
}

// change is the owner who adds a field to a collection, after which no kept statement on it is complete.
func (c *crowd) change(n int) {
	goals, err := c.App.FindCollectionByNameOrId("goals")
	if err != nil {
		c.t.Error(err)
		return
	}
	goals.Fields.Add(&core.TextField{Name: fmt.Sprint("extra", n)})
	if err := c.App.Save(goals); err != nil {
		c.t.Error(err)
	}
}

// meet is a meeting that arrives from the calendar. It wakes the outbox, where every notice is due.
func (c *crowd) meet(n int) {
	of := c.clients[n%len(c.clients)]
	if _, err := c.App.DB().NewQuery("UPDATE outbox SET nextAttemptAt = happenedAt WHERE state = 'waiting'").Execute(); err != nil {
		c.t.Error(err)
	}
	start := time.Now().UTC().Truncate(time.Hour).AddDate(0, 0, n+1)
	title := fmt.Sprintf("Call %d with %s", n, of.name)
	c.google.Put(fmt.Sprint("call", n), map[string]any{"summary": title, "attendees": []any{map[string]any{"email": of.record.Email()}},
		"start": map[string]any{"dateTime": start.Format(time.RFC3339)}, "end": map[string]any{"dateTime": start.Add(time.Hour).Format(time.RFC3339)}})
	c.must("POST", "/api/portal/calendar/sync", c.Owner, nil)
	if bookings := c.must("GET", "/api/portal/bookings", of.token, nil); !bytes.Contains(bookings.Raw, []byte(title)) {
		c.t.Errorf("%s does not see the meeting %q: %s", of.name, title, bookings.Raw)
	}
}

// signOut is a client who ends all sign-ins while pages are read with one of them. Whoever asks afterwards is a guest.
func (c *crowd) signOut(n int) {
	_, token := c.Client(fmt.Sprint("Guest", n))
	var reading sync.WaitGroup
	for range 3 {
		reading.Go(func() {
			for range 3 {
				if answer := c.Do("GET", "/api/portal/overview", token, nil); answer.Status != http.StatusOK && answer.Status != http.StatusUnauthorized {
					c.t.Errorf("%d %s", answer.Status, answer.Raw)
				}
			}
		})
	}
	c.must("POST", "/api/portal/signout", token, nil)
	if answer := c.Do("GET", "/api/portal/overview", token, nil); answer.Status != http.StatusUnauthorized {
		c.t.Errorf("a token that was ended gets a page: %d", answer.Status)
	}
	reading.Wait()
}

// writeFromElsewhere is a command line beside the server.
func (c *crowd) writeFromElsewhere(n int) {
	if n%3 > 0 {
		return
	}
	of := c.clients[n%len(c.clients)]
	title := fmt.Sprintf("Retitled %d for %s", n, of.name)
	c.Elsewhere("UPDATE projects SET title = '" + title + "' WHERE id = '" + of.project + "'")
	c.page(of, of.token, "", title)
}

// sendFile uploads a file as the client and gets it back.
func (c *crowd) sendFile(of *client, content string) {
	kind, body := testkit.Upload(c.t, content, map[string]string{"project": of.project})
	answer := c.Send("POST", "/api/collections/attachments/records", of.token, kind, body)
	if answer.Status != http.StatusOK {
		c.t.Errorf("%d %s", answer.Status, answer.Raw)
		return
	}
	link, _ := c.must("GET", fmt.Sprint("/api/portal/attachments/", answer.JSON()["id"], "/link"), of.token, nil).JSON()["url"].(string)
	if got := c.must("GET", strings.TrimPrefix(link, c.URL), "", nil); string(got.Raw) != content {
		c.t.Errorf("%s sent %q and gets %q", of.name, content, got.Raw)
	}
}

// compare checks that each acknowledged comment is stored, and was told to the client's open page exactly once.
func (c *crowd) compare() {
	c.t.Helper()
	for _, of := range c.clients {
		c.must("PATCH", "/api/collections/clients/records/"+of.record.Id, c.Owner, map[string]any{"company": "the end"})
		var heard []string
		for _, m := range of.line.Before(func(m testkit.LiveMessage) bool { return m.Text("company") == "the end" }) {
			if m.Collection == "comments" && m.Action == "create" {
				heard = append(heard, m.Id())
			}
		}
		stored, err := c.App.FindAllRecords("comments")
		if err != nil {
			c.t.Fatal(err)
		}
		var kept []string
		for _, comment := range stored {
			if comment.GetString("goal") == of.goal {
				kept = append(kept, comment.Id)
			}
		}
		for _, ids := range [][]string{heard, kept, of.said} {
			slices.Sort(ids)
		}
		if len(of.said) != 2*rounds || !slices.Equal(heard, of.said) || !slices.Equal(kept, of.said) {
			c.t.Errorf("of %s's thread %d comments were acknowledged, %d are stored, %d were heard", of.name, len(of.said), len(kept), len(heard))
		}
	}
	for deadline := time.Now().Add(time.Minute); len(c.Outbox()) == 0; time.Sleep(5 * time.Millisecond) {
		if time.Now().After(deadline) {
			c.t.Fatal("no notice left")
		}
	}
}
