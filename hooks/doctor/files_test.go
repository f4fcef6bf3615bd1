package doctor

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// TestFiles checks a studio with a missing file, a file without a record, and a correct one.
func TestFiles(t *testing.T) {
	const attachments = "pbc_3073759650"
	p := healthy(t, studio(t))
	row := func(id string) string {
		return "INSERT INTO attachments (id, filename, file, size, created) VALUES ('" + id + "', '" + id + ".wav', 'a.wav', 5, '2026-01-01 00:00:00.000Z')"
	}
	place := func(id string) string { return filepath.Join(p.dir, "storage", attachments, id, "a.wav") }
	put := func(id string) {
		must(t, os.MkdirAll(filepath.Dir(place(id)), 0o700))
		must(t, os.WriteFile(place(id), []byte("hello"), 0o600))
		old := time.Now().Add(-48 * time.Hour)
		must(t, os.Chtimes(place(id), old, old))
	}
	p.change(t, dataFile, row("kept"))
	put("kept")
	look := func(compare, repair bool) check {
		t.Helper()
		fresh := patientAt(t, p.dir)
		fresh.compareFiles, fresh.repairFiles = compare, repair
		return fresh.examine().find("files")
	}

	if c := look(false, false); c.State != ok || !strings.Contains(c.Say, "on this disk") {
		t.Errorf("without --files: %s", c.line())
	}
	if c := look(true, false); c.State != ok || !strings.Contains(c.Say, "1 attachments") {
		t.Errorf("all is well, and it says %s", c.line())
	}
	put("orphan")
	if c := look(true, false); c.State != warning || !strings.Contains(c.Say, "1 files with 5 B") || !strings.Contains(c.Do, "--repair") {
		t.Errorf("a file too many: %s", c.line())
	}
	p.change(t, dataFile, row("lost"))
	if c := look(true, true); c.State != fails || !strings.Contains(c.Say, "are removed") || !strings.Contains(c.Say, "lost.wav") {
		t.Errorf("a file too many and one missing, with --repair: %s", c.line())
	}
	if _, err := os.Stat(place("orphan")); !os.IsNotExist(err) {
		t.Errorf("the file that belongs to nothing is still there: %v", err)
	}
	if _, err := os.Stat(place("kept")); err != nil {
		t.Errorf("a file that belongs to an attachment is gone: %v", err)
	}
	p.change(t, dataFile, "INSERT INTO integrations (id, name, state, lastError) VALUES ('x', 'files:delete:x', 'deleting', 'The bucket is gone.')")
	if c := look(false, false); c.State != warning || !strings.Contains(c.Say, "The bucket is gone") {
		t.Errorf("what the server noted: %s", c.line())
	}
}
