package main

import (
	"os"
	"strconv"
	"strings"
	"time"
)

// These read what Linux tells about processes. Without a /proc all of it is 0.

// memory reads a line of /proc/<pid>/status, in MB; 0 where there is no such file.
func (s *server) memory(line string) float64 {
	return megabytes(s.command.Process.Pid, "status", line)
}

// footprint is what the process and those that it started take of the machine's memory, in MB: what several of them
// share counts once.
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

// family is a process and all that descend from it.
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

// stat is what /proc/<pid>/stat says after the name, from the state on.
func stat(pid int) []string {
	content, _ := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
	_, afterName, _ := strings.Cut(string(content), ") ")
	return strings.Fields(afterName)
}

// processorTime is what the process and those that it started have used so far, which other processes disturb less than
// they do the clock.
func (s *server) processorTime() (used time.Duration) {
	const userTime, childrensSystemTime = 11, 14 // and between them system time and the user time of children that have ended
	for _, pid := range family(s.command.Process.Pid) {
		fields := stat(pid)
		if len(fields) <= childrensSystemTime {
			continue // it has just ended
		}
		for _, field := range fields[userTime : childrensSystemTime+1] {
			hundredths, _ := strconv.Atoi(field) // that is how Linux counts
			used += time.Duration(hundredths) * 10 * time.Millisecond
		}
	}
	return used
}
