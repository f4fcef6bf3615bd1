package main

import (
	"bufio"
	"encoding/json"
	"errors"
	"fmt"
	"strings"
	"sync"
	"sync/atomic"
	"time"
)

// audience is a server with so many connected clients, and the times until a comment reached them.
type audience struct {
	name, topic string
	plain       bool // PocketBase's own topics instead of Greenroom's
	listeners   int
	*server
	lines []*line
	held  float64 // MB that all connections together need in the server

	created int
	median  []time.Duration // by round
	work    []time.Duration // by round: processor time for one comment
	all     []time.Duration
}

// line is one live connection.
type line struct {
	*wire
	heard atomic.Int64
}

func measureLive(b *bench) error {
	nobody := &audience{name: "comment create, nobody live", topic: "portal"}
	plainNobody := &audience{name: "PocketBase's comment create, nobody live", topic: "comments/*", plain: true}
	audiences := []*audience{
		nobody,
		{name: "comment create, 100 clients live", topic: "portal", listeners: 100},
		{name: "comment create, 1,000 clients live", topic: "portal", listeners: 1000},
		{name: "comment create, 3,000 clients live", topic: "portal", listeners: liveClients},
		plainNobody,
		{name: "PocketBase's comment create, 1,000 clients live", topic: "comments/*", plain: true, listeners: 1000},
	}
	for i, a := range audiences {
		if err := a.gather(b, fmt.Sprintf("live-%d", i)); err != nil {
			return err
		}
		defer a.server.stop()
		defer a.hangUp()
	}
	err := b.inTurns(len(audiences), func(_, variant int) error {
		a := audiences[variant]
		before := a.processorTime()
		times, err := a.write(b.studio.clients[0], b.seconds)
		if err != nil {
			return err
		}
		a.work = append(a.work, (a.processorTime()-before)/time.Duration(len(times)))
		a.median, a.all = append(a.median, percentile(times, 0.5)), append(a.all, times...)
		return nil
	})
	if err != nil {
		return err
	}
	t := &table{title: "While clients are live:", head: []string{"", "median, ms", "p99, ms", "times that of nobody live", "processor, ms", "memory a live client, KB"}}
	for _, a := range audiences {
		if err := a.everyoneHeard(); err != nil {
			return err
		}
		if a.plain {
			b.reportLive(t, a, plainNobody)
		} else {
			b.reportLive(t, a, nobody)
		}
	}
	b.report.tables = append(b.report.tables, t)
	work := median(ratios(nobody.work, plainNobody.work))
	b.report.add(figure{Name: "processor time of a comment create", Text: fmt.Sprintf("%s; PocketBase's own %s; ratio %.2f", span(median(nobody.work)), span(median(plainNobody.work)), work),
		Values: map[string]float64{"ms": ms(median(nobody.work)), "plainms": ms(median(plainNobody.work)), "ratio": work},
		Aims:   atMost("processor time of a create to PocketBase's own", work, 1.4, "")})
	return nil
}

// gather starts the server and connects the clients.
func (a *audience) gather(b *bench, name string) error {
	dir, err := b.copyOf(b.studio.dir, name)
	if err != nil {
		return err
	}
	if a.plain {
		a.server, err = b.again("serve-plain", dir)
	} else {
		a.server, err = b.greenroom(dir)
	}
	if err != nil {
		return err
	}
	time.Sleep(time.Second) // time for work that the start leaves for later
	before := a.footprint()
	if err := a.connect(b.studio); err != nil {
		a.hangUp()
		a.stop()
		return err
	}
	a.held = a.footprint() - before
	return nil
}

func (b *bench) reportLive(t *table, a, nobody *audience) {
	ratio := median(ratios(a.median, nobody.median))
	middle, p99 := ms(median(a.median)), ms(percentile(a.all, 0.99))
	f := figure{Name: a.name, Text: fmt.Sprintf("%s, p99 %s", span(median(a.median)), span(percentile(a.all, 0.99))),
		Values: map[string]float64{"ms": middle, "p99ms": p99, "ratio": ratio}}
	work := ms(median(a.work))
	f.Text += ", " + digits(work) + " ms of processor"
	f.Values["processorms"] = work
	row := []string{a.name, digits(middle), digits(p99), digits(ratio), digits(work), "-"}
	if a.listeners > 0 {
		each := a.held * 1024 / float64(a.listeners)
		f.Text += fmt.Sprintf("; %.2f times that of nobody; %.0f KB a live client", ratio, each)
		f.Values["KBeach"], row[len(row)-1] = each, fmt.Sprintf("%.0f", each)
	}
	if !a.plain && a.listeners >= 1000 {
		f.Aims = atMost("comment create with "+count(float64(a.listeners))+" live clients to one with none", ratio, 2, "")
	}
	t.rows = append(t.rows, row)
	b.report.add(f)
}

// connect opens a live connection for each client; the first is the client who will write.
func (a *audience) connect(s *studio) error {
	listeners := append([]client{s.clients[0]}, s.silent...)[:a.listeners]
	a.lines = make([]*line, len(listeners))
	failures := make([]error, len(listeners))
	var all sync.WaitGroup
	atOnce := make(chan struct{}, 16)
	for i, c := range listeners {
		atOnce <- struct{}{}
		all.Go(func() {
			a.lines[i], failures[i] = listen(a.address, c.token, a.topic)
			<-atOnce
		})
	}
	all.Wait()
	return errors.Join(failures...)
}

func (a *audience) hangUp() {
	for _, l := range a.lines {
		if l != nil {
			l.Close()
		}
	}
}

// listen opens one live connection and subscribes it.
func listen(address, token, topic string) (*line, error) {
	w, err := dial(address)
	if err != nil {
		return nil, err
	}
	response, err := w.ask(request("GET", "/api/realtime", "", ""))
	if err != nil {
		return nil, err
	}
	events := bufio.NewReaderSize(response.Body, 2<<10)
	id, err := nextEvent(events)
	if err != nil {
		return nil, err
	}
	asker, err := dial(address)
	if err != nil {
		return nil, err
	}
	defer asker.Close()
	body, _ := json.Marshal(map[string]any{"clientId": id, "subscriptions": []string{topic}}) // strings always encode
	if err := asker.ignore(request("POST", "/api/realtime", token, string(body))); err != nil {
		return nil, err
	}
	if err := w.SetDeadline(time.Time{}); err != nil { // the connection stays open
		return nil, err
	}
	l := &line{wire: w}
	go func() {
		for {
			if _, err := nextEvent(events); err != nil {
				return // closed
			}
			l.heard.Add(1)
		}
	}()
	return l, nil
}

// nextEvent reads one server-sent event and returns its id, which is that of the connection.
func nextEvent(events *bufio.Reader) (id string, err error) {
	for {
		l, err := events.ReadString('\n')
		if err != nil {
			return "", err
		}
		if l == "\n" {
			return id, nil
		}
		if rest, ok := strings.CutPrefix(l, "id:"); ok {
			id = strings.TrimSpace(rest)
		}
	}
}

// write makes comments one after the other for a while.
func (a *audience) write(who client, length time.Duration) (times []time.Duration, err error) {
	w, err := dial(a.address)
	if err != nil {
		return nil, err
	}
	defer w.Close()
	fields := map[string]string{"session": who.session, "body": "The second mix is better: the voice is clear now."}
	if a.plain {
		fields["client"] = who.id // Greenroom's hooks set it themselves
	}
	body, _ := json.Marshal(fields) // strings always encode
	comment := request("POST", "/api/collections/comments/records", who.token, string(body))
	for end := time.Now().Add(length); time.Now().Before(end); {
		began := time.Now()
		if err := w.ignore(comment); err != nil {
			return nil, err
		}
		times = append(times, time.Since(began))
		a.created++
	}
	return times, nil
}

// everyoneHeard checks that each comment reached its own client and nobody else.
func (a *audience) everyoneHeard() error {
	if a.listeners == 0 {
		return nil
	}
	for end := time.Now().Add(patience); a.lines[0].heard.Load() < int64(a.created) && time.Now().Before(end); {
		time.Sleep(10 * time.Millisecond)
	}
	for i, l := range a.lines {
		want := 0
		if i == 0 {
			want = a.created
		}
		if got := int(l.heard.Load()); got != want {
			return fmt.Errorf("%s: client %d heard %d messages instead of %d", a.name, i, got, want)
		}
	}
	return nil
}
