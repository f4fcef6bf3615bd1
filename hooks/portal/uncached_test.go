package portal

import (
	"context"
	"fmt"
	"testing"
	"time"

	"github.com/pocketbase/pocketbase/core"
)

// Uncached builds a client's page of a project, or the overview if project is "", from the database without the cache.
func Uncached(app core.App, client, project string) (out []byte, err error) {
	s := newStatements(app)
	if project != "" {
		return buildProject(context.Background(), s, nil, project, client, client, asClientsSee)
	}
	viewer, err := app.FindRecordById("clients", client)
	if err != nil {
		return nil, err
	}
	err = s.snapshot(context.Background(), func(v view) error {
		c, err := appendOverview(nil, v, viewer, time.Now())
		out = c.json
		return err
	})
	return out, err
}

func TestKeptPagesAreBounded(t *testing.T) {
	f := newPageCache(nil)
	for i := range 200 {
		w := which{path: fmt.Sprint(i % 150)}
		f.put(w, page{body: make([]byte, 1<<20-i), tag: "x"})
		if f.get(w).tag != "x" {
			t.Fatalf("page %d was not kept", i)
		}
	}
	f.put(which{path: "huge"}, page{body: make([]byte, maxFinishedBytes)})
	held := 0
	for _, p := range f.pages {
		held += len(p.body)
	}
	if held > maxFinishedBytes || held != f.bytes {
		t.Errorf("%d bytes of pages are kept, %d by its own count", held, f.bytes)
	}
}
