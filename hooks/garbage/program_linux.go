package garbage

import (
	"fmt"
	"os"
	"strings"
	"syscall"
)

// unmapProgram gives back the pages of the program's file, most of which only the start used. Linux keeps them in its
// cache of files as long as nobody needs the memory more, and maps them again as they are used: some hundred times, a
// microsecond each. Where that fails, nothing is given back.
func unmapProgram() {
	program, err := os.Readlink("/proc/self/exe")
	if err != nil {
		return
	}
	maps, err := os.ReadFile("/proc/self/smaps")
	if err != nil {
		return
	}
	for _, r := range programPages(string(maps), program) {
		_, _, _ = syscall.Syscall(syscall.SYS_MADVISE, r.begin, r.end-r.begin, syscall.MADV_DONTNEED)
	}
}

type pages struct{ begin, end uintptr }

// programPages finds the pages of the program's file in /proc/self/smaps, where each range is followed by its sizes:
//
//	00400000-01ace000 r-xp 00000000 fe:00 1234    /usr/local/bin/greenroom
//	Rss:               15000 kB
//	Anonymous:             0 kB
//
// It leaves out what may be written, and what was: the loader writes addresses into pages of some programs before it
// protects them. Such pages are anonymous, and would lose what was written.
func programPages(smaps, program string) (found []pages) {
	var current pages
	isProgram := false
	for line := range strings.Lines(smaps) {
		var begin, end uintptr
		var rights, offset, device, inode string
		if _, err := fmt.Sscanf(line, "%x-%x %s %s %s %s", &begin, &end, &rights, &offset, &device, &inode); err == nil {
			_, name, _ := strings.Cut(line, inode+" ")
			current = pages{begin, end}
			isProgram = len(rights) == 4 && rights[1] == '-' && strings.TrimSpace(name) == program
			continue
		}
		if size, ok := strings.CutPrefix(line, "Anonymous:"); ok && isProgram && strings.TrimSpace(size) == "0 kB" {
			found = append(found, current)
		}
	}
	return found
}
