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
	maps, err := os.ReadFile("/proc/self/maps")
	if err != nil {
		return
	}
	for line := range strings.Lines(string(maps)) {
		if begin, end, ok := programPages(line, program); ok {
			_, _, _ = syscall.Syscall(syscall.SYS_MADVISE, begin, end-begin, syscall.MADV_DONTNEED)
		}
	}
}

// programPages reads a line of /proc/self/maps:
//
//	00400000-01ace000 r-xp 00000000 fe:00 1234    /usr/local/bin/greenroom
//
// ok is false unless the pages are the program's file. Those that may be written are not, since they would lose what was
// written.
func programPages(line, program string) (begin, end uintptr, ok bool) {
	var rights, offset, device, inode string
	if _, err := fmt.Sscanf(line, "%x-%x %s %s %s %s", &begin, &end, &rights, &offset, &device, &inode); err != nil {
		return 0, 0, false
	}
	_, name, _ := strings.Cut(line, inode+" ")
	return begin, end, len(rights) == 4 && rights[1] == '-' && strings.TrimSpace(name) == program
}
