package durable_test

import (
	"strings"
	"testing"
	"time"

	"greenroom/hooks/durable"
	"greenroom/hooks/testkit"
)

// unwritable is a directory in which not even root can create a file.
const unwritable = "/proc/self"

// The server and every command, reading or writing, name a directory that cannot be written and say what to do.
func TestEveryCommandNamesADirectoryThatCannotBeWritten(t *testing.T) {
	t.Parallel()
	s := &server{t: t, binary: testkit.Binary(t), data: unwritable}
	for _, command := range []string{"serve --http " + testkit.FreeAddress(t), "superuser upsert a@example.com a-long-password", "brief", "client list", "client add a@example.com --name A",
		"project list", "backup", "search words", "demo", "migrate up", "doctor", "calendar sync", "people A list"} {
		started := time.Now()
		said := s.refuses(strings.Fields(command)...)
		if !strings.Contains(said, unwritable) || !strings.Contains(said, "written") {
			t.Errorf("greenroom %s said %q", command, said)
		}
		if lines := strings.Count(strings.TrimSpace(said), "\n"); lines > 0 && command != "doctor" {
			t.Errorf("greenroom %s needed %d lines: %s", command, lines+1, said)
		}
		if took := time.Since(started); took > 30*time.Second {
			t.Errorf("greenroom %s took %s", command, took)
		}
	}
	s.data = unwritable + "/new"
	if said := s.refuses("brief"); !strings.Contains(said, "the data directory "+s.data+" cannot be written") {
		t.Errorf("a directory that cannot be made: %s", said)
	}
}

// Writable leaves no trace in a directory that can be written.
func TestWritable(t *testing.T) {
	dir := t.TempDir()
	if err := durable.Writable(dir); err != nil || len(glob(t, dir+"/*")) > 0 || len(glob(t, dir+"/.*")) > 0 {
		t.Errorf("%v, and there are %v %v", err, glob(t, dir+"/*"), glob(t, dir+"/.*"))
	}
	if err := durable.Writable(dir + "/none"); err == nil {
		t.Error("a directory that is not there can be written")
	}
}
