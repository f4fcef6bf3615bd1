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
	return start(b.ctx, address, anybodysHealth, exec.Command(b.binary, "serve", "--dir", dir, "--http", address))
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
	return start(b.ctx, address, anybodysHealth, exec.Command(self, kind, dir, address))
}

func freeAddress() (string, error) {
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		return "", err
	}
	defer listener.Close()
	return listener.Addr().String(), nil
}

// anybodysHealth is a request that all servers answer without a token.
var anybodysHealth = request("GET", "/api/health", "", "")

// start runs a server and waits for its first answer to a request.
func start(ctx context.Context, address string, first []byte, command *exec.Cmd) (*server, error) {
	// No other variables, which could configure it.
	command.Env = append(command.Env, "PATH="+os.Getenv("PATH"), "HOME="+os.Getenv("HOME"), "TMPDIR="+os.TempDir())
	command.Stderr = os.Stderr
	began := time.Now()
	if err := command.Start(); err != nil {
		return nil, err
	}
	s := &server{command: command, address: address}
	for {
		if w, err := dial(address); err == nil {
			_, err = w.do(first)
			w.Close()
			if err == nil {
				s.startUp = time.Since(began)
				return s, nil
			}
		}
		if ctx.Err() != nil || time.Since(began) > patience {
			s.stop()
			return nil, errors.Join(fmt.Errorf("%s did not answer", command.Path), ctx.Err())
		}
		time.Sleep(time.Millisecond)
	}
}

// stop ends the process, by SIGKILL if it does not stop after a while.
func (s *server) stop() {
	_ = s.command.Process.Signal(syscall.SIGTERM)
	byForce := time.AfterFunc(patience, func() { _ = s.command.Process.Kill() })
	defer byForce.Stop()
	_ = s.command.Wait() // its exit status after a signal means nothing
}

const starts = 5

// measureProcess measures the binary itself: its start, its memory and its size.
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
		Aims: atMost("start to first answer", m.Seconds(), 0.5, " s")})

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
		Aims: atMost("memory, idle", idle, 45, " MB")})
	if _, err := fire(b.ctx, s.address, 64, 2*b.seconds, b.studio.portalPages()); err != nil {
		return err
	}
	loaded := s.memory("VmHWM")
	b.report.add(figure{Name: "memory, most during project pages over 64 connections", Text: fmt.Sprintf("%.1f MB", loaded), Values: map[string]float64{"MB": loaded}})
	return nil
}
