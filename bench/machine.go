package main

import (
	"fmt"
	"os"
	"runtime"
	"strconv"
	"strings"
	"time"
)

// machine describes the machine and its load: with other work beside it, only ratios are meaningful.
type machine struct {
	began     time.Time
	processor string
	busy      []float64 // load averages of one minute, before and after each subject
}

func lookAtMachine() *machine {
	m := &machine{began: time.Now(), processor: runtime.GOARCH}
	cpus, _ := os.ReadFile("/proc/cpuinfo")
	for l := range strings.Lines(string(cpus)) {
		if name, model, ok := strings.Cut(l, ":"); ok && strings.TrimSpace(name) == "model name" {
			m.processor = strings.TrimSpace(model)
			break
		}
	}
	m.look()
	return m
}

func (m *machine) look() {
	content, _ := os.ReadFile("/proc/loadavg")
	if fields := strings.Fields(string(content)); len(fields) > 0 {
		average, _ := strconv.ParseFloat(fields[0], 64)
		m.busy = append(m.busy, average)
	}
}

func (m *machine) String() string {
	cores := fmt.Sprintf("%d cores", runtime.NumCPU())
	if runtime.NumCPU() == 1 {
		cores = "1 core"
	}
	out := fmt.Sprintf("Measured on %s in %s, %s/%s, %s, %s", m.began.Format("2 January 2006"), time.Since(m.began).Round(time.Second),
		runtime.GOOS, runtime.GOARCH, m.processor, cores)
	if len(m.busy) > 0 {
		out += fmt.Sprintf("; the machine's load average was %.1f at the start and %.1f at the end of it", m.busy[0], m.busy[len(m.busy)-1])
	}
	return out + "."
}
