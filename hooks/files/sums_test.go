package files_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/testkit"
)

func sumOf(content string) string {
	sum := sha256.Sum256([]byte(content))
	return hex.EncodeToString(sum[:])
}

func TestEachFileGetsItsChecksum(t *testing.T) {
	everywhere(t, func(t *testing.T, p *place) {
		dir := testkit.Dir(t)
		p = p.with(testkit.Checksums, "on")
		large := string(bytes.Repeat([]byte("0123456789abcdef"), 1<<16))
		var sent any
		t.Run("while the server runs", func(t *testing.T) {
			s := testkit.Open(t, dir, p.environment)
			ana := newDesk(s, "ana")
			known := func(id any, want string) {
				t.Helper()
				eventually(t, "the checksum is known", func() bool {
					return s.Do("GET", fmt.Sprint("/api/collections/attachments/records/", id), ana.token, nil).JSON()["sha256"] == want
				})
			}
			sent = ana.send(t, "take.txt", large)["id"]
			known(sent, sumOf(large))
			contentType, body := testkit.Upload(t, "hello", map[string]string{"project": ana.project.Id})
			form := s.Send("POST", "/api/collections/attachments/records", ana.token, contentType, body).JSON()["id"]
			known(form, sumOf("hello"))
			contentType, body = testkit.Upload(t, "goodbye", nil)
			if other := s.Send("PATCH", fmt.Sprint("/api/collections/attachments/records/", form), s.Owner, contentType, body); other.Status != 200 {
				t.Fatalf("another file in its place: %d %s", other.Status, other.Raw)
			}
			known(form, sumOf("goodbye"))
			if _, err := s.App.NonconcurrentDB().Update("attachments", dbx.Params{"sha256": ""}, dbx.HashExp{"id": sent}).Execute(); err != nil {
				t.Fatal(err)
			}
		})
		// What was not known when the server stopped is at its next start; the same holds for files of before.
		s := testkit.Open(t, dir, p.environment)
		eventually(t, "the next start makes up for it", func() bool {
			return s.Do("GET", fmt.Sprint("/api/collections/attachments/records/", sent), s.Owner, nil).JSON()["sha256"] == sumOf(large)
		})
	})
}

// stored reads a checksum from the database of a studio that has stopped.
func stored(t *testing.T, dir, id string) (sum string) {
	t.Helper()
	db, err := core.DefaultDBConnect(filepath.Join(dir, "data.db"))
	if err != nil {
		t.Fatal(err)
	}
	defer db.Close()
	if err := db.Select("sha256").From("attachments").Where(dbx.HashExp{"id": id}).Row(&sum); err != nil {
		t.Fatal(err)
	}
	return sum
}

// TestAStopWaitsForChecksums stops with files waiting: what is small is done by then, and nothing is half done.
func TestAStopWaitsForChecksums(t *testing.T) {
	dir := testkit.Dir(t)
	ids := map[string]string{}
	t.Run("some files, and a stop", func(t *testing.T) {
		s := testkit.Open(t, dir, map[string]string{testkit.Checksums: "on"})
		ana := newDesk(s, "ana")
		for i := range 20 {
			content := strings.Repeat("x", i+1)
			ids[fmt.Sprint(ana.send(t, "take.txt", content)["id"])] = sumOf(content)
		}
	})
	for id, want := range ids {
		if got := stored(t, dir, id); got != want {
			t.Errorf("%s has %q after the stop, want %q", id, got, want)
		}
	}
}
