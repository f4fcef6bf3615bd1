package garbage

import (
	"os"
	"strconv"
	"strings"
	"testing"
)

func TestProgramPages(t *testing.T) {
	const program = "/opt/green room/greenroom"
	for _, c := range []struct {
		line, anonymous string
		want            bool
	}{
		{"00400000-01ace000 r-xp 00000000 fe:00 1234                    " + program, "0 kB", true},
		{"01ace000-03709000 r--p 016ce000 fe:00 1234                    " + program, "0 kB", true},
		{"03709000-03909000 r--p 03309000 fe:00 1234                    " + program, "12 kB", false}, // with addresses that the loader wrote
		{"03709000-03939000 rw-p 03309000 fe:00 1234                    " + program, "0 kB", false},
		{"7f2b8b440000-7f2b8b620000 rw-p 00000000 00:00 0", "0 kB", false},
		{"7f2b8b440000-7f2b8b620000 r-xp 00000000 fe:00 99              /lib/other.so", "0 kB", false},
		{"7ffd1c5f2000-7ffd1c5f4000 r-xp 00000000 00:00 0               [vdso]", "0 kB", false},
	} {
		smaps := c.line + "\nSize:   5944 kB\nRss:   4000 kB\nAnonymous:         " + c.anonymous + "\nVmFlags: rd ex mr mw me\n"
		other := "7f0000000000-7f0000001000 r--p 00000000 fe:00 7 /lib/a.so\nAnonymous:  0 kB\n"
		found := programPages(other+smaps+other, program)
		if len(found) == 1 != c.want || c.want && found[0].begin >= found[0].end {
			t.Errorf("%s, anonymous %s: %x", c.line, c.anonymous, found)
		}
	}
}

// The test's own program has few pages left, and goes on.
func TestUnmapProgram(t *testing.T) {
	before := residentFile(t)
	unmapProgram()
	if after := residentFile(t); after >= before {
		t.Errorf("%d KB of files after %d", after, before)
	}
}

// residentFile returns the KB of files that this process has mapped, on a disk or in memory.
func residentFile(t *testing.T) (kb int) {
	t.Helper()
	status, err := os.ReadFile("/proc/self/status")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range []string{"RssFile:", "RssShmem:"} {
		_, rest, _ := strings.Cut(string(status), name)
		number, _, _ := strings.Cut(rest, "kB")
		n, err := strconv.Atoi(strings.TrimSpace(number))
		if err != nil {
			t.Fatal(err)
		}
		kb += n
	}
	return kb
}
