package main

import (
	"context"
	"errors"
	"fmt"
	"time"
)

// growths are the numbers of clients: a studio that grows ten and a hundred times.
var growths = []int{20, 200, 2000}

// mayGrow is the highest ratio of a page's cost in the largest studio to that in the smallest; the trees of its indexes
// are one or two levels deeper.
const mayGrow = 1.3

// mayTake is the most milliseconds that a daily page may take in the largest studio.
const mayTake = 100

// askers is how many clients make requests, whatever the studio's size.
const askers = 20

// grown is a studio of one size with the requests to it.
type grown struct {
	*studio
	*server
	megabytes float64
}

// measureGrowth makes the same requests to studios of each size.
func measureGrowth(b *bench) error {
	var studios []*grown
	for _, clients := range growths {
		g, err := b.grow(clients)
		if err != nil {
			return err
		}
		defer g.stop()
		studios = append(studios, g)
	}
	t := &table{title: "How cost grows, one request after the other, medians in ms:", head: []string{""}}
	for i, g := range studios {
		name := plural(growths[i], "client")
		t.head = append(t.head, fmt.Sprintf("%s, %s projects, %.0f MB", name, count(float64(growths[i]*projectsEach)), g.megabytes))
	}
	t.head = append(t.head, "largest to smallest")
	for _, what := range []struct {
		name    string
		bounded bool
		pages   func(s *studio) [][][]byte
	}{
		{"project page, just changed", true, func(s *studio) [][][]byte { return s.afterComments("/api/portal/projects/%s") }},
		{"overview, just changed", true, func(s *studio) [][][]byte { return s.afterComments("/api/portal/overview?%.0s") }},
		{"project list", true, func(s *studio) [][][]byte { return s.eachProject(ourList + "&%.0s") }},
		{"comment create", false, (*studio).newComments},
		{"the owner's briefing", true, theOwners("/api/studio/briefing")},
		{"the owner's list of projects", true, theOwners("/api/studio/projects")},
		{"the owner's list of clients", true, theOwners("/api/studio/clients")},
		{"the owner's page of a client", true, func(s *studio) [][][]byte {
			return s.eachClient(func(c client) []byte { return request("GET", "/api/studio/clients/"+c.id, s.owner, "") })
		}},
		{"the owner's search", true, theOwners("/api/portal/search?q=captions")},
		{"a client's search", true, func(s *studio) [][][]byte {
			return s.eachClient(func(c client) []byte { return request("GET", "/api/portal/search?q=captions", c.token, "") })
		}},
	} {
		times := make([][]time.Duration, len(studios))
		err := b.inTurns(len(studios), func(_, i int) error {
			g := studios[i]
			middle, err := lastOfEach(b.ctx, g.address, b.seconds, what.pages(g.studio))
			times[i] = append(times[i], middle)
			return err
		})
		if err != nil {
			return fmt.Errorf("%s: %w", what.name, err)
		}
		b.reportGrowth(t, what.name, what.bounded, times)
	}
	b.report.tables = append(b.report.tables, t)
	return nil
}

func (b *bench) reportGrowth(t *table, name string, bounded bool, times [][]time.Duration) {
	row, values := []string{name}, map[string]float64{}
	text := ""
	for i, of := range times {
		row = append(row, digits(ms(median(of))))
		values[fmt.Sprintf("%d clients ms", growths[i])] = ms(median(of))
		text += span(median(of)) + ", "
	}
	ratio := median(ratios(times[len(times)-1], times[0]))
	values["ratio"] = ratio
	t.rows = append(t.rows, append(row, digits(ratio)))
	f := figure{Name: name + ", 1, 10 and 100 times the data", Text: fmt.Sprintf("%slargest to smallest %.2f", text, ratio), Values: values}
	if bounded {
		f.Aims = append(atMost(name+" at 100 times the data", ratio, mayGrow, ""), atMost(name+", time at 100 times the data", ms(median(times[len(times)-1])), mayTake, " ms")...)
	}
	b.report.add(f)
}

// grow seeds a studio with so many clients and starts Greenroom on it.
func (b *bench) grow(clients int) (*grown, error) {
	g := &grown{}
	var err error
	g.studio, err = seed(b.newDir(fmt.Sprintf("grown-%d", clients)), func(s *seeder, to *studio) {
		for i := range clients {
			c := s.busyClient()
			if i%(clients/askers) == 0 { // spread over the whole table
				to.clients = append(to.clients, c)
			}
		}
	})
	if err != nil {
		return nil, err
	}
	if g.megabytes, err = weight(g.dir); err != nil {
		return nil, err
	}
	g.server, err = b.greenroom(g.dir)
	return g, err
}

// lastOfEach requests one page after the other for a while. Of each page only the last request is timed; those before
// it prepare it.
func lastOfEach(ctx context.Context, address string, length time.Duration, pages [][][]byte) (time.Duration, error) {
	w, err := dial(address)
	if err != nil {
		return 0, err
	}
	defer w.Close()
	var times []time.Duration
	for n, end := 0, time.Now().Add(length); len(times) == 0 || time.Now().Before(end); n++ {
		var began time.Time
		for _, r := range pages[n%len(pages)] {
			began = time.Now()
			if err := errors.Join(w.ignore(r), ctx.Err()); err != nil {
				return 0, err
			}
		}
		times = append(times, time.Since(began))
	}
	return percentile(times, 0.5), nil
}

// theOwners returns requests for one page as the owner.
func theOwners(path string) func(*studio) [][][]byte {
	return func(s *studio) [][][]byte { return [][][]byte{{request("GET", path, s.owner, "")}} }
}

func (s *studio) eachClient(ask func(client) []byte) (pages [][][]byte) {
	for _, c := range s.clients {
		pages = append(pages, [][]byte{ask(c)})
	}
	return pages
}

// newComments returns a request for a new comment of each client.
func (s *studio) newComments() (pages [][][]byte) {
	for _, c := range s.clients {
		pages = append(pages, [][]byte{comment(ourComments, "session", c.session, c.token, "The second mix is better.")})
	}
	return pages
}

// afterComments returns, for each client, a comment and then a page of the first project, which no cache can answer.
func (s *studio) afterComments(path string) [][][]byte {
	pages := s.newComments()
	for i, c := range s.clients {
		pages[i] = append(pages[i], request("GET", fmt.Sprintf(path, c.projects[0]), c.token, ""))
	}
	return pages
}
