package durable_test

import (
	"bytes"
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"
)

// server is the built binary on a data directory, in a process of its own that can be killed.
type server struct {
	t            *testing.T
	binary, data string
	url          string
	process      *exec.Cmd
	ended        chan struct{}
}

// build gives a binary that no .env file lies beside: the one that GREENROOM_BIN names (an absolute path), copied, or a
// new one.
func build(t *testing.T) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "greenroom")
	if given := os.Getenv("GREENROOM_BIN"); given != "" {
		content, err := os.ReadFile(given)
		if err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, content, 0o700); err != nil {
			t.Fatal(err)
		}
		return path
	}
	command := exec.Command("go", "build", "-o", path, "greenroom")
	command.Env = append(os.Environ(), "CGO_ENABLED=0")
	if said, err := command.CombinedOutput(); err != nil {
		t.Fatalf("build greenroom: %v\n%s", err, said)
	}
	return path
}

// command runs the binary without the developer's environment, which could configure it.
func (s *server) command(args ...string) *exec.Cmd {
	command := exec.Command(s.binary, append(args, "--dir", s.data)...)
	for _, name := range []string{"PATH", "HOME", "TMPDIR"} {
		command.Env = append(command.Env, name+"="+os.Getenv(name))
	}
	return command
}

func (s *server) run(args ...string) {
	s.t.Helper()
	if said, err := s.command(args...).CombinedOutput(); err != nil {
		s.t.Fatalf("greenroom %s: %v\n%s", args[0], err, said)
	}
}

// start returns once the server listens. A port that somebody else took first is tried anew.
func (s *server) start() {
	s.t.Helper()
	for range 3 {
		said := &output{listening: make(chan struct{})}
		address := freeAddress(s.t)
		s.url = "http://" + address
		s.process = s.command("serve", "--http", address)
		s.process.Stdout, s.process.Stderr = said, said
		if err := s.process.Start(); err != nil {
			s.t.Fatal(err)
		}
		s.ended = make(chan struct{})
		go func() {
			_ = s.process.Wait() // how it ended is not the question here
			close(s.ended)
		}()
		select {
		case <-said.listening:
			return
		case <-s.ended:
			if !strings.Contains(said.String(), "address already in use") {
				s.t.Fatalf("greenroom serve ended:\n%s", said)
			}
		case <-time.After(time.Minute):
			s.kill()
			s.t.Fatalf("greenroom serve does not listen:\n%s", said)
		}
	}
	s.t.Fatal("no free port")
}

// kill is kill -9: the process gets no chance to do anything.
func (s *server) kill() {
	if s.process == nil {
		return
	}
	_ = s.process.Process.Kill() // it may have ended already
	<-s.ended
}

func freeAddress(t *testing.T) string {
	t.Helper()
	probe, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer probe.Close()
	return probe.Addr().String()
}

// output keeps what the server says and notices when it says that it listens.
type output struct {
	mu        sync.Mutex
	said      bytes.Buffer
	told      bool
	listening chan struct{}
}

func (o *output) Write(p []byte) (int, error) {
	o.mu.Lock()
	defer o.mu.Unlock()
	o.said.Write(p)
	if !o.told && strings.Contains(o.said.String(), "Server started at") {
		o.told = true
		close(o.listening)
	}
	return len(p), nil
}

func (o *output) String() string {
	o.mu.Lock()
	defer o.mu.Unlock()
	return o.said.String()
}
