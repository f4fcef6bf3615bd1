package main

import (
	"os"
	"strconv"
	"strings"
	"time"
)

// The functions of this file read Linux's /proc. Without it they return 0.

// memory returns a line of /proc/<pid>/status in MB.
func (s *server) memory(line string) float64 {
	return megabytes(s.command.Process.Pid, "status", line)
}

// footprint returns the memory in MB of the process and its descendants, with shared pages counted once (PSS).
func (s *server) footprint() (mb float64) {
	for _, pid := range family(s.command.Process.Pid) {
		mb += megabytes(pid, "smaps_rollup", "Pss")
	}
	return mb
}

// megabytes reads a line of a file in /proc/<pid>.
func megabytes(pid int, file, line string) float64 {
	content, _ := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/" + file)
	for l := range strings.Lines(string(content)) {
		if rest, ok := strings.CutPrefix(l, line+":"); ok {
			kb, _ := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 64)
			return kb / 1024
		}
	}
	return 0
}

// family returns a process and all its descendants.
func family(root int) []int {
	children := map[int][]int{}
	entries, _ := os.ReadDir("/proc")
	for _, e := range entries {
		if pid, err := strconv.Atoi(e.Name()); err == nil {
			if fields := stat(pid); len(fields) > 1 {
				parent, _ := strconv.Atoi(fields[1])
				children[parent] = append(children[parent], pid)
			}
		}
	}
	all := []int{root}
	for i := 0; i < len(all); i++ {
		all = append(all, children[all[i]]...)
	}
	return all
}

// stat returns the fields of /proc/<pid>/stat after the name, beginning with the state.
func stat(pid int) []string {
	content, _ := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	_, afterName, _ := strings.Cut(string(content), ") ")
	return strings.Fields(afterName)
}

// processorTime returns the processor time that the process and its descendants have used. Other processes disturb it
// less than the clock.
func (s *server) processorTime() (used time.Duration) {
	// These and the two fields between: system time and the user time of ended children.
	const userTime, childrensSystemTime = 11, 14
	for _, pid := range family(s.command.Process.Pid) {
		fields := stat(pid)
		if len(fields) <= childrensSystemTime {
			continue // the process has just ended
		}
		for _, field := range fields[userTime : childrensSystemTime+1] {
			hundredths, _ := strconv.Atoi(field) // Linux counts in hundredths of a second
			used += time.Duration(hundredths) * 10 * time.Millisecond
		}
	}
	return used
}
