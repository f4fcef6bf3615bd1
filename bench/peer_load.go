package main

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"
)

// sides are both systems: Greenroom first, then the variants of the other one.
type sides []*way

// start starts all sides on the same rows. They run until stop.
func (b *bench) start(p *peer, name string) (s sides, err error) {
	dir, err := b.copyOf(p.studio.dir, name)
	if err != nil {
		return nil, err
	}
	ours, err := b.greenroom(dir)
	if err != nil {
		return nil, err
	}
	s = sides{{name: "Greenroom", server: ours}}
	for i, v := range variants {
		theirs, err := p.serve(b, i)
		if err != nil {
			s.stop()
			return nil, fmt.Errorf("%s: %w", v.name, err)
		}
		s = append(s, &way{name: titles[v.name], server: theirs, database: p.postgres})
	}
	return s, nil
}

func (s sides) stop() {
	for _, w := range s {
		w.server.stop()
	}
}

// ask sets the requests of each side: one for each visit.
func (s sides) ask(p *peer, ours, theirs func(v visit) []byte) {
	pages := func(visits []visit, of func(v visit) []byte) (out [][][]byte) {
		for _, v := range visits {
			out = append(out, [][]byte{of(v)})
		}
		return out
	}
	s[0].pages = pages(p.ours, ours)
	for _, w := range s[1:] {
		w.pages = pages(p.visits, theirs) // a copy, because some ways change their requests
	}
}

func peerPage(b *bench, p *peer) error {
	s, err := b.start(p, "peer-page")
	if err != nil {
		return err
	}
	defer s.stop()
	s.askForPages(p)
	return b.raceSides(s, "project page", everyCrowd, func(connections int, perSecond, p99 *measure) {
		if connections > 1 {
			perSecond.atLeast("project page to Next.js, requests/s", 0, 10).atLeast("project page to the best Node, requests/s", 1, 5)
			p99.atLeast("project page to Next.js, p99", 0, 10)
		}
	})
}

func (s sides) askForPages(p *peer) {
	s.ask(p, func(v visit) []byte { return request("GET", "/api/portal/projects/"+v.project, v.token, "") },
		func(v visit) []byte { return request("GET", "/api/projects/"+v.project, v.token, "") })
}

// peerList requests a client's list of projects.
func peerList(b *bench, p *peer) error {
	s, err := b.start(p, "peer-list")
	if err != nil {
		return err
	}
	defer s.stop()
	s.ask(p, func(v visit) []byte { return request("GET", ourList, v.token, "") },
		func(v visit) []byte { return request("GET", "/api/projects", v.token, "") })
	return b.raceSides(s, "project list", everyCrowd, nil)
}

const (
	ourList     = "/api/collections/projects/records?perPage=500&sort=-created&filter="
	ourComments = "/api/collections/comments/records"
)

// marker is the beginning of each comment of the load, by which they are removed afterwards.
const marker = "a comment of the benchmark "

func peerComment(b *bench, p *peer) error {
	s, err := b.start(p, "peer-comment")
	if err != nil {
		return err
	}
	defer s.stop()
	s.askForComments(p)
	err = b.raceSides(s, "comment create", everyCrowd, func(connections int, perSecond, p99 *measure) {
		if connections > 1 {
			perSecond.atLeast("comment create to Next.js, requests/s", 0, 2.5).atLeast("comment create to the best Node, requests/s", 1, 1.2)
			p99.atLeast("comment create to the best Node, p99", 1, 1)
		}
	})
	if err != nil {
		return err
	}
	return p.forgetComments()
}

func (s sides) askForComments(p *peer) {
	body := strings.Repeat(marker, 6)
	s.ask(p, func(v visit) []byte { return comment(ourComments, "session", v.session, v.token, body) },
		func(v visit) []byte { return comment("/api/comments", "sessionId", v.session, v.token, body) })
}

func (p *peer) forgetComments() error {
	_, err := p.sql(`DELETE FROM "Comment" WHERE body LIKE '`+marker+`%'`, `VACUUM ANALYZE "Comment"`)
	return err
}

// peerChanged requests pages after a change, which no cache can answer: a comment, then the page.
func peerChanged(b *bench, p *peer) error {
	s, err := b.start(p, "peer-changed")
	if err != nil {
		return err
	}
	defer s.stop()
	s.askForComments(p)
	comments := make([][][][]byte, len(s))
	for i, w := range s {
		comments[i] = w.pages
	}
	s.askForPages(p)
	for i, w := range s {
		for n, page := range w.pages {
			w.pages[n] = append(comments[i][n], page...)
		}
	}
	if err := b.raceSides(s, "comment create and its changed page, two requests", []int{16}, nil); err != nil {
		return err
	}
	return p.forgetComments()
}

// peerUnchanged requests unchanged pages again, with the ETag of the earlier answer if it had one.
func peerUnchanged(b *bench, p *peer) error {
	s, err := b.start(p, "peer-unchanged")
	if err != nil {
		return err
	}
	defer s.stop()
	s.askForPages(p)
	for _, w := range s {
		if err := w.withTags(); err != nil {
			return fmt.Errorf("%s: %w", w.name, err)
		}
	}
	return b.raceSides(s, "project page, seen before", []int{16}, nil)
}

// withTags adds to each request the ETag of its answer.
func (w *way) withTags() error {
	c, err := dial(w.address)
	if err != nil {
		return err
	}
	defer c.Close()
	for _, page := range w.pages {
		response, err := c.ask(page[0])
		if err != nil {
			return err
		}
		if _, err := io.Copy(io.Discard, response.Body); err != nil {
			return err
		}
		if tag := response.Header.Get("ETag"); tag != "" {
			head := bytes.TrimSuffix(page[0], []byte("\r\n"))
			page[0] = fmt.Appendf(nil, "%sIf-None-Match: %s\r\n\r\n", head, tag)
		}
	}
	return nil
}

func comment(path, relation, session, token, body string) []byte {
	fields, _ := json.Marshal(map[string]string{relation: session, "body": body}) // strings always encode
	return request("POST", path, token, string(fields))
}

// everyCrowd are the numbers of connections.
var everyCrowd = []int{1, 16, 64}

// raceSides measures one kind of request at each number of connections.
func (b *bench) raceSides(s sides, name string, crowds []int, aims func(connections int, perSecond, p99 *measure)) error {
	const warmUp = 3 * time.Second // Node's compiler needs some time
	for _, w := range s {
		if _, err := fire(b.ctx, w.address, 16, warmUp, w.pages); err != nil {
			return fmt.Errorf("%s: %w", w.name, err)
		}
	}
	for _, connections := range crowds {
		for _, w := range s {
			w.perSecond, w.p50, w.p99, w.work = nil, nil, nil, nil
		}
		if err := b.race(connections, s...); err != nil {
			return err
		}
		of := fmt.Sprintf("%s, %s", name, plural(connections, "connection"))
		perSecond, work := newMeasure(of, "requests/s", true), newMeasure(of+", processor a request", "ms", false)
		p50, p99 := newMeasure(of+", p50", "ms", false), newMeasure(of+", p99", "ms", false)
		for i, w := range s {
			perSecond.runs[i], work.runs[i], p50.runs[i], p99.runs[i] = w.perSecond, eachMs(w.work), eachMs(w.p50), eachMs(w.p99)
		}
		if aims != nil {
			aims(connections, perSecond, p99)
		}
		b.compare(perSecond, p50, p99, work)
	}
	return nil
}

func eachMs(times []time.Duration) (out []float64) {
	for _, t := range times {
		out = append(out, ms(t))
	}
	return out
}

// sameRows checks that both systems have the same number of rows and the same records on the same pages.
func (b *bench) sameRows(p *peer) error {
	s, err := b.start(p, "peer-same")
	if err != nil {
		return err
	}
	defer s.stop()
	s.askForPages(p)
	of := func(w *way, page int) ([]string, error) {
		c, err := dial(w.address)
		if err != nil {
			return nil, err
		}
		defer c.Close()
		body, err := c.do(w.pages[page][0])
		var ids []string
		for _, match := range recordId.FindAllSubmatch(body, -1) {
			ids = append(ids, string(match[1]))
		}
		slices.Sort(ids)
		return slices.Compact(ids), err
	}
	for page := 0; page < len(p.visits); page += 97 {
		ours, err := of(s[0], page)
		if err != nil {
			return err
		}
		for _, w := range s[1:] {
			theirs, err := of(w, page)
			if err != nil {
				return err
			}
			if len(ours) != 1+childrenEach || !slices.Equal(ours, theirs) {
				return fmt.Errorf("page %d has %d records here and %d others, or not the same, in %s", page, len(ours), len(theirs), w.name)
			}
		}
	}
	return nil
}
