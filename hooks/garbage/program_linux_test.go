package garbage

import (
	"os"
	"strconv"
	"strings"
	"testing"
)

func TestProgramPages(t *testing.T) {
	const program = "/opt/green room/greenroom"
	for line, want := range map[string]bool{
		"00400000-01ace000 r-xp 00000000 fe:00 1234                    " + program + "\n": true,
		"01ace000-03709000 r--p 016ce000 fe:00 1234                    " + program + "\n": true,
		"03709000-03939000 rw-p 03309000 fe:00 1234                    " + program + "\n": false,
		"7f2b8b440000-7f2b8b620000 rw-p 00000000 00:00 0 \n":                              false,
		"7f2b8b440000-7f2b8b620000 r-xp 00000000 fe:00 99              /lib/other.so\n":   false,
		"7ffd1c5f2000-7ffd1c5f4000 r-xp 00000000 00:00 0               [vdso]\n":          false,
	} {
		begin, end, ok := programPages(line, program)
		if ok != want || ok && begin >= end {
			t.Errorf("%q: %x to %x, %t", line, begin, end, ok)
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
