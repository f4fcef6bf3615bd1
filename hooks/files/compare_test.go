package files_test

import (
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/config"
	"greenroom/hooks/files"
	"greenroom/hooks/testkit"
)

func TestRowsAndFilesAreCompared(t *testing.T) {
	everywhere(t, func(t *testing.T, p *place) {
		s := testkit.New(t, p.environment)
		c, err := config.Parse(p.environment)
		if err != nil {
			t.Fatal(err)
		}
		compare := func() files.Findings {
			t.Helper()
			found, err := files.Compare(context.Background(), s.App.DB(), c, s.App.DataDir())
			if err != nil {
				t.Fatal(err)
			}
			return found
		}
		ana := newDesk(s, "ana")
		kept, lost, short := ana.send(t, "kept.txt", "kept"), ana.send(t, "lost.txt", "lost"), ana.send(t, "short.txt", "short")
		coming := ana.begin(t, "coming.txt", "coming")
		coming.rest()
		if found := compare(); found.Rows != 3 || len(found.Missing)+len(found.Orphans) > 0 {
			t.Fatalf("all is well, and found is %+v", found)
		}

		old := time.Now().Add(-48 * time.Hour)
		path := func(key any) string { return p.path(s, fmt.Sprint(key)) }
		put := func(key, content string, when time.Time) string {
			if err := os.MkdirAll(filepath.Dir(path(key)), 0o700); err != nil {
				t.Fatal(err)
			}
			if err := os.WriteFile(path(key), []byte(content), 0o600); err != nil {
				t.Fatal(err)
			}
			if err := os.Chtimes(path(key), when, when); err != nil {
				t.Fatal(err)
			}
			return key
		}
		id := fmt.Sprint(kept["collectionId"])
		orphans := []string{put(id+"/nosuchrecord123/a.txt", "old", old), put(fmt.Sprint(id, "/", kept["id"], "/other.txt"), "older", old)}
		put(id+"/nosuchrecord456/a.txt", "new", time.Now())
		put(id+"/"+coming.Id+"/a.txt", "being completed", old)
		put(fmt.Sprint(id, "/", kept["id"], "/thumbs_a/100x100_a"), "small", old)
		put(fmt.Sprint(short["url"]), "sh", time.Now())
		if err := os.Remove(path(lost["url"])); err != nil {
			t.Fatal(err)
		}

		found := compare()
		slices.Sort(found.Orphans)
		slices.Sort(orphans)
		if !slices.Equal(found.Orphans, orphans) || found.OrphanBytes != 8 {
			t.Errorf("orphans are %v with %d bytes, not %v", found.Orphans, found.OrphanBytes, orphans)
		}
		if said := strings.Join(found.Missing, " "); len(found.Missing) != 2 || !strings.Contains(said, "lost.txt") || !strings.Contains(said, "short.txt") {
			t.Errorf("missing: %v", found.Missing)
		}
		if err := found.Repair(context.Background()); err != nil {
			t.Fatal(err)
		}
		if found = compare(); len(found.Orphans) != 0 || len(found.Missing) != 2 || found.Rows != 3 {
			t.Errorf("after the repair: %+v", found)
		}
		if _, got := fetch(t, ana.link(t, kept["id"])); string(got) != "kept" {
			t.Errorf("after the repair a file is %q", got)
		}

		for _, key := range []any{kept["url"], short["url"]} {
			if err := os.Remove(path(key)); err != nil {
				t.Fatal(err)
			}
		}
		put(id+"/nosuchrecord123/a.txt", "another studio's", old)
		if found = compare(); found.Repair(context.Background()) == nil {
			t.Error("a place where none of the rows has its file was repaired")
		}
	})
}

// path is where an object lies in the file system, also for the S3 server.
func (p *place) path(s *testkit.Studio, key string) string {
	if p.gateway != nil {
		return filepath.Join(p.gateway.Root, "objects", bucketName, key)
	}
	return filepath.Join(s.App.DataDir(), core.LocalStorageDirName, key)
}
