package main

import (
	"encoding/json"
	"fmt"
	"reflect"
	"regexp"
	"time"
)

// way is one way of getting a page.
type way struct {
	name string
	*server
	database *server // if it is a process of its own
	pages    [][][]byte

	perSecond []float64
	p50, p99  []time.Duration
	work      []time.Duration // by round: processor time for one page
}

const byExpand = "/api/collections/projects/records/%s?expand=milestones_via_project.comments_via_milestone,sessions_via_project.comments_via_session," +
	"sessions_via_project.attachments_via_session,goals_via_project.comments_via_goal,deliverables_via_project.attachment," +
	"action_items_via_project,attachments_via_project"

// portalPages returns a request for each project's page.
func (s *studio) portalPages() [][][]byte { return s.eachProject("/api/portal/projects/%s") }

// eachProject returns one page for each project: requests for the paths, which contain its id.
func (s *studio) eachProject(paths ...string) (pages [][][]byte) {
	for i := range projectsEach { // consecutive requests are of different clients
		for _, c := range s.clients {
			var page [][]byte
			for _, path := range paths {
				page = append(page, request("GET", fmt.Sprintf(path, c.projects[i]), c.token, ""))
			}
			pages = append(pages, page)
		}
	}
	return pages
}

// eightRequests are the paths of PocketBase's REST API that make up a page.
func eightRequests() []string {
	paths := []string{"/api/collections/projects/records/%s"}
	for _, collection := range []string{"milestones", "sessions", "goals", "deliverables", "action_items", "attachments"} {
		paths = append(paths, "/api/collections/"+collection+"/records?perPage=500&skipTotal=1&filter=project%%3D'%s'")
	}
	return append(paths, "/api/collections/comments/records?perPage=500&skipTotal=1&filter=milestone.project%%3D'%[1]s'||session.project%%3D'%[1]s'||goal.project%%3D'%[1]s'")
}

func measurePages(b *bench) error {
	servers := map[string]*server{}
	for name, start := range map[string]func(dir string) (*server, error){
		"greenroom": b.greenroom,
		"plain":     func(dir string) (*server, error) { return b.again("serve-plain", dir) },
		"floor":     func(dir string) (*server, error) { return b.again("serve-floor", dir) },
	} {
		dir, err := b.copyOf(b.studio.dir, "page-"+name)
		if err != nil {
			return err
		}
		if servers[name], err = start(dir); err != nil {
			return err
		}
		defer servers[name].stop()
	}
	if err := b.samePage(servers["greenroom"].address, servers["floor"].address); err != nil {
		return err
	}
	for _, paths := range [][]string{{byExpand}, eightRequests()} {
		if err := b.wholePage(servers["plain"].address, paths); err != nil {
			return err
		}
	}

	for _, connections := range everyCrowd {
		portal := &way{name: "project page", server: servers["greenroom"], pages: b.studio.portalPages()}
		floor := &way{name: "floor", server: servers["floor"], pages: b.studio.eachProject("/projects/%s")}
		expand := &way{name: "PocketBase's expand", server: servers["plain"],
			pages: b.studio.eachProject(byExpand)}
		eight := &way{name: "PocketBase's eight requests", server: servers["plain"], pages: b.studio.eachProject(eightRequests()...)}
		if err := b.race(connections, portal, floor, expand, eight); err != nil {
			return err
		}
		b.reportPage(connections, portal, floor, expand, eight)
	}
	for _, connections := range everyCrowd {
		overview := &way{name: "overview", server: servers["greenroom"], pages: b.studio.eachProject("/api/portal/overview?%.0s")}
		if err := b.race(connections, overview); err != nil {
			return err
		}
		b.report.add(figure{Name: fmt.Sprintf("overview, %s", plural(connections, "connection")), Text: overview.String(), Values: overview.values()})
	}
	return nil
}

// race measures the ways by turns, after a short round that does not count.
func (b *bench) race(connections int, ways ...*way) error {
	for _, w := range ways {
		if _, err := fire(b.ctx, w.address, connections, b.seconds/5, w.pages); err != nil {
			return fmt.Errorf("%s: %w", w.name, err)
		}
	}
	return b.inTurns(len(ways), func(_, variant int) error {
		w := ways[variant]
		before := w.used()
		l, err := fire(b.ctx, w.address, connections, b.seconds, w.pages)
		if err != nil {
			return fmt.Errorf("%s: %w", w.name, err)
		}
		w.perSecond, w.p50, w.p99 = append(w.perSecond, l.perSecond), append(w.p50, l.p50), append(w.p99, l.p99)
		w.work = append(w.work, (w.used()-before)/time.Duration(l.pages))
		return nil
	})
}

// used returns the processor time of all processes that answer.
func (w *way) used() time.Duration {
	if w.database == nil {
		return w.processorTime()
	}
	return w.processorTime() + w.database.processorTime()
}

func (w *way) String() string {
	return fmt.Sprintf("%s pages/s, p99 %s, %s of processor a page", count(median(w.perSecond)), span(median(w.p99)), span(median(w.work)))
}

func (w *way) values() map[string]float64 {
	return map[string]float64{"perSecond": median(w.perSecond), "p99ms": ms(median(w.p99)), "processorms": ms(median(w.work))}
}

func (b *bench) reportPage(connections int, portal, floor *way, others ...*way) {
	name := fmt.Sprintf("%s, %s", portal.name, plural(connections, "connection"))
	toFloor := median(ratios(floor.perSecond, portal.perSecond))
	b.report.add(figure{Name: name, Text: fmt.Sprintf("%s; floor %s; ratio %.2f", portal, floor, toFloor),
		Values: merge(portal.values(), floor.values(), "floor", toFloor), Aims: atMost("project page to the floor", toFloor, 1.3, "")})
	for _, other := range others {
		gain := median(ratios(portal.perSecond, other.perSecond))
		b.report.add(figure{Name: fmt.Sprintf("%s, %s", other.name, plural(connections, "connection")), Text: fmt.Sprintf("%s; ours is %.1f times as fast", other, gain),
			Values: merge(portal.values(), other.values(), "other", gain)})
	}
}

// merge combines the values of two ways.
func merge(ours, others map[string]float64, name string, ratio float64) map[string]float64 {
	out := map[string]float64{"ratio": ratio}
	for k, v := range ours {
		out[k] = v
	}
	for k, v := range others {
		out[name+" "+k] = v
	}
	return out
}

// samePage checks that the floor's answer equals Greenroom's.
func (b *bench) samePage(ours, floors string) error {
	for _, c := range b.studio.clients[:3] {
		var pages [2]any
		for i, path := range []string{"/api/portal/projects/", "/projects/"} {
			w, err := dial([]string{ours, floors}[i])
			if err != nil {
				return err
			}
			body, err := w.do(request("GET", path+c.projects[0], c.token, ""))
			w.Close()
			if err != nil {
				return err
			}
			if err := json.Unmarshal(body, &pages[i]); err != nil {
				return err
			}
		}
		if where := difference("page", pages[0], pages[1]); where != "" {
			return fmt.Errorf("the floor's page is not ours: bench/floor.go has to follow hooks/portal: %s", where)
		}
	}
	return nil
}

// wholePage checks that PocketBase's own way returns every record of the page.
func (b *bench) wholePage(address string, paths []string) error {
	w, err := dial(address)
	if err != nil {
		return err
	}
	defer w.Close()
	ids := map[string]bool{}
	for _, r := range b.studio.eachProject(paths...)[0] {
		body, err := w.do(r)
		if err != nil {
			return err
		}
		for _, match := range recordId.FindAllSubmatch(body, -1) {
			ids[string(match[1])] = true
		}
	}
	if len(ids) != 1+childrenEach {
		return fmt.Errorf("PocketBase's own way brought %d of the page's %d records", len(ids), 1+childrenEach)
	}
	return nil
}

var recordId = regexp.MustCompile(`"id":"([a-z0-9]{15})"`)

// difference describes the first difference of two JSON values.
func difference(at string, a, b any) string {
	if reflect.DeepEqual(a, b) {
		return ""
	}
	switch x := a.(type) {
	case map[string]any:
		if y, ok := b.(map[string]any); ok {
			for key := range y {
				if _, ok := x[key]; !ok {
					return at + "." + key + " is the floor's alone"
				}
			}
			for key := range x {
				if where := difference(at+"."+key, x[key], y[key]); where != "" {
					return where
				}
			}
		}
	case []any:
		if y, ok := b.([]any); ok && len(x) == len(y) {
			for i := range x {
				if where := difference(fmt.Sprintf("%s[%d]", at, i), x[i], y[i]); where != "" {
					return where
				}
			}
		}
	}
	return fmt.Sprintf("%s is %.100v here and %.100v there", at, a, b)
}

func plural(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return count(float64(n)) + " " + thing + "s"
}
