package durable_test

import (
	"bytes"
	"cmp"
	"context"
	"os"
	"os/exec"
	"strings"
	"sync"
	"syscall"
	"testing"
	"time"

	"greenroom/hooks/testkit"
)

// server is the built binary on a data directory, in a process of its own.
type server struct {
	t            *testing.T
	binary, data string
	environment  map[string]string // NAME to value
	address      string            // host:port to listen on; empty for a free port at each start
	url          string
	process      *exec.Cmd
	ended        chan struct{}
	said         *output // by the server that was launched last
	status       int     // of the last command that failed
}

// command prepares a call of the binary without the environment of the developer, which could configure it.
func (s *server) command(args ...string) *exec.Cmd {
	command := exec.Command(s.binary, append(args, "--dir", s.data)...)
	for _, name := range []string{"PATH", "HOME", "TMPDIR"} {
		command.Env = append(command.Env, name+"="+os.Getenv(name))
	}
	for name, value := range s.environment {
		command.Env = append(command.Env, name+"="+value)
	}
	return command
}

func (s *server) run(args ...string) string {
	s.t.Helper()
	said, err := s.command(args...).CombinedOutput()
	if err != nil {
		s.t.Fatalf("greenroom %s: %v\n%s", args[0], err, said)
	}
	return string(said)
}

// refuses runs a command that has to fail, and returns its output.
func (s *server) refuses(args ...string) string {
	s.t.Helper()
	ctx, cancel := context.WithTimeout(s.t.Context(), 30*time.Second)
	defer cancel()
	command := s.command(args...)
	said := new(output)
	command.Stdout, command.Stderr = said, said
	if err := command.Start(); err != nil {
		s.t.Fatal(err)
	}
	ended := make(chan error, 1)
	go func() { ended <- command.Wait() }()
	select {
	case err := <-ended:
		s.status = command.ProcessState.ExitCode()
		if err == nil {
			s.t.Errorf("greenroom %s did not fail:\n%s", args[0], said)
		}
	case <-ctx.Done():
		_ = command.Process.Kill()
		<-ended
		s.t.Errorf("greenroom %s goes on:\n%s", args[0], said)
	}
	return said.String()
}

// start returns the server's output once it listens. It tries again when another process took its port first.
func (s *server) start() *output {
	s.t.Helper()
	for range 3 {
		said := s.launch()
		select {
		case <-said.listening:
			return said
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
	return nil
}

// launch starts the server without waiting until it listens.
func (s *server) launch() *output {
	s.t.Helper()
	said := &output{listening: make(chan struct{})}
	address := cmp.Or(s.address, testkit.FreeAddress(s.t))
	s.url = "http://" + address
	process := s.command("serve", "--http", address)
	process.Stdout, process.Stderr = said, said
	if err := process.Start(); err != nil {
		s.t.Fatal(err)
	}
	ended := make(chan struct{})
	s.process, s.ended, s.said = process, ended, said
	go func() {
		_ = process.Wait() // tests kill it, so its status means nothing
		close(ended)
	}()
	return said
}

// stop sends SIGTERM, as a supervisor does, and returns how long the server took to end.
func (s *server) stop() time.Duration {
	s.t.Helper()
	started := time.Now()
	if err := s.process.Process.Signal(syscall.SIGTERM); err != nil {
		s.t.Fatal(err)
	}
	select {
	case <-s.ended:
	case <-time.After(time.Minute):
		s.kill()
		s.t.Fatal("the server did not stop")
	}
	return time.Since(started)
}

// kill sends SIGKILL.
func (s *server) kill() {
	if s.process == nil {
		return
	}
	_ = s.process.Process.Kill() // the process may have ended already
	<-s.ended
}

// output collects what the server prints, and notices when it says that it listens.
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
	if !o.told && o.listening != nil && strings.Contains(o.said.String(), "Server started at") {
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
