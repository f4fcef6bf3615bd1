package main

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"syscall"
	"time"
)

// build makes the release binary.
func build(ctx context.Context, temp string) (binary string, err error) {
	binary = filepath.Join(temp, "greenroom")
	command := exec.CommandContext(ctx, "go", "build", "-trimpath", "-ldflags", "-s -w", "-o", binary, "greenroom")
	command.Env = append(os.Environ(), "CGO_ENABLED=0")
	if out, err := command.CombinedOutput(); err != nil {
		return "", fmt.Errorf("build: %w\n%s", err, out)
	}
	return binary, nil
}

// server is a process that this run started.
type server struct {
	command *exec.Cmd
	address string
	startUp time.Duration // until the first answer
}

// greenroom starts the release binary on a data directory.
func (b *bench) greenroom(dir string) (*server, error) {
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	return start(b.ctx, address, b.binary, "serve", "--dir", dir, "--http", address)
}

// again starts this program again as one of its servers.
func (b *bench) again(kind, dir string) (*server, error) {
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	return start(b.ctx, address, self, kind, dir, address)
}

func freeAddress() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer listener.Close()
	return listener.Addr().String(), nil
}

// start runs a server and waits for its first answer.
func start(ctx context.Context, address, program string, arguments ...string) (*server, error) {
	command := exec.Command(program, arguments...)
	command.Env = []string{"PATH=" + os.Getenv("PATH"), "HOME=" + os.Getenv("HOME"), "TMPDIR=" + os.TempDir()} // nothing that configures
	command.Stderr = os.Stderr
	began := time.Now()
	if err := command.Start(); err != nil {
		return nil, err
	}
	s := &server{command: command, address: address}
	for {
		if w, err := dial(address); err == nil {
			_, err = w.do(request("GET", "/api/health", "", ""))
			w.Close()
			if err == nil {
				s.startUp = time.Since(began)
				return s, nil
			}
		}
		if ctx.Err() != nil || time.Since(began) > patience {
			s.stop()
			return nil, errors.Join(fmt.Errorf("%s did not answer", program), ctx.Err())
		}
		time.Sleep(time.Millisecond)
	}
}

// stop ends the process, by force when it does not go by itself.
func (s *server) stop() {
	_ = s.command.Process.Signal(syscall.SIGTERM)
	byForce := time.AfterFunc(patience, func() { _ = s.command.Process.Kill() })
	defer byForce.Stop()
	_ = s.command.Wait() // its exit code after a signal says nothing
}

// memory reads a line of /proc/<pid>/status, in MB; 0 where there is no such file.
func (s *server) memory(line string) float64 {
	status, _ := os.ReadFile("/proc/" + strconv.Itoa(s.command.Process.Pid) + "/status")
	for l := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(l, line+":"); ok {
			kb, _ := strconv.ParseFloat(strings.TrimSuffix(strings.TrimSpace(rest), " kB"), 64)
			return kb / 1024
		}
	}
	return 0
}

// processorTime is what the process has used so far, which other processes disturb less than they do the clock; 0 where
// there is no /proc.
func (s *server) processorTime() time.Duration {
	stat, _ := os.ReadFile("/proc/" + strconv.Itoa(s.command.Process.Pid) + "/stat")
	_, afterName, _ := strings.Cut(string(stat), ") ")
	fields := strings.Fields(afterName)
	if len(fields) < 13 {
		return 0
	}
	user, _ := strconv.Atoi(fields[11])
	system, _ := strconv.Atoi(fields[12])
	return time.Duration(user+system) * 10 * time.Millisecond // Linux counts in hundredths of a second
}

const starts = 5

// measureProcess looks at the binary itself: how fast it is there, what it holds, how large it is.
func measureProcess(b *bench) error {
	info, err := os.Stat(b.binary)
	if err != nil {
		return err
	}
	size := float64(info.Size()) / (1 << 20)
	b.report.add(figure{Name: "binary", Text: fmt.Sprintf("%.1f MB", size), Values: map[string]float64{"MB": size}})

	dir, err := b.copyOf(b.studio.dir, "process")
	if err != nil {
		return err
	}
	var times []time.Duration
	for range starts {
		s, err := b.greenroom(dir)
		if err != nil {
			return err
		}
		times = append(times, s.startUp)
		s.stop()
	}
	m := median(times)
	b.report.add(figure{Name: "start to first answer", Text: span(m), Values: map[string]float64{"ms": ms(m)},
		Aim: atMost("start to first answer", m.Seconds(), 0.5, " s")})

	if runtime.GOOS != "linux" {
		return nil // memory is read from /proc
	}
	s, err := b.greenroom(dir)
	if err != nil {
		return err
	}
	defer s.stop()
	time.Sleep(5 * time.Second)
	idle := s.memory("VmRSS")
	b.report.add(figure{Name: "memory, idle", Text: fmt.Sprintf("%.1f MB", idle), Values: map[string]float64{"MB": idle},
		Aim: atMost("memory, idle", idle, 45, " MB")})
	if _, err := fire(b.ctx, s.address, 64, 2*b.seconds, b.studio.portalPages()); err != nil {
		return err
	}
	loaded := s.memory("VmHWM")
	b.report.add(figure{Name: "memory, most during project pages over 64 connections", Text: fmt.Sprintf("%.1f MB", loaded), Values: map[string]float64{"MB": loaded}})
	return nil
}
