package files_test

import (
	"bytes"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"strconv"
	"strings"
	"testing"

	"greenroom/hooks/testkit"
)

// memoryLimit is what the server may take at most while it receives and sends a large file.
const memoryLimit = 80 << 20

// The built binary receives a large file over a connection that is cut three times, and is killed once. The file
// arrives unchanged, within memoryLimit. GREENROOM_SOAK makes the file ten times as large.
func TestALargeFileSurvivesEverything(t *testing.T) {
	size := int64(300 << 20)
	if os.Getenv("GREENROOM_SOAK") != "" {
		size *= 10
	}
	binary := testkit.Binary(t)
	everywhere(t, func(t *testing.T, p *place) {
		s, owner, project := servedBy(t, binary, p.environment)
		content := sparse(size)
		u := begin(t, s.url, owner, map[string]any{"project": project, "filename": "master.wav", "size": size}, content)
		u.some(u.Parts / 4)
		u.cut()
		u.some(u.Parts / 4)
		u.cut()
		s.small()
		s.kill()
		s.start()
		u.url, u.URL = s.url, strings.Replace(u.URL, u.url, s.url, 1)
		u.some(u.Parts / 4)
		u.cut()
		u.rest()
		record := u.complete()

		link := testkit.Request(t, s.url, "GET", fmt.Sprint("/api/portal/attachments/", record["id"], "/link"), owner, nil).JSON()["url"]
		response, err := http.Get(fmt.Sprint(link))
		if err != nil {
			t.Fatal(err)
		}
		defer response.Body.Close()
		if got, want := sum(t, response.Body), sum(t, io.NewSectionReader(content, 0, size)); got != want {
			t.Errorf("what came back is not what was sent")
		}
		s.small()
	})
}

// sparse is content of a size that is zero, except for the position at the beginning of every megabyte.
type sparse int64

func (size sparse) ReadAt(p []byte, at int64) (n int, err error) {
	const mb = 1 << 20
	clear(p)
	if left := int64(size) - at; int64(len(p)) > left {
		p, err = p[:max(left, 0)], io.EOF
	}
	for mark := at / mb * mb; mark < at+int64(len(p)); mark += mb {
		for i, c := range []byte(fmt.Sprintf("%016x", mark)) {
			if place := mark + int64(i) - at; place >= 0 && place < int64(len(p)) {
				p[place] = c
			}
		}
	}
	return len(p), err
}

// server is the built binary, in a process of its own.
type server struct {
	t            *testing.T
	binary, data string
	environment  map[string]string
	url          string
	process      *exec.Cmd
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

func (s *server) start() {
	s.t.Helper()
	address := testkit.FreeAddress(s.t)
	s.url = "http://" + address
	said := new(bytes.Buffer)
	s.process = s.command("serve", "--http", address)
	s.process.Stdout, s.process.Stderr = said, said
	if err := s.process.Start(); err != nil {
		s.t.Fatal(err)
	}
	testkit.Eventually(s.t, "greenroom serves", func() bool {
		response, err := http.Get(s.url + "/api/health")
		if err == nil {
			response.Body.Close()
		}
		return err == nil
	})
}

// kill sends SIGKILL.
func (s *server) kill() {
	if s.process != nil {
		_ = s.process.Process.Kill() // the process may have ended already
		_ = s.process.Wait()
	}
}

// small fails if the process ever used more memory than memoryLimit.
func (s *server) small() {
	s.t.Helper()
	took := s.peak()
	s.t.Logf("the server took up to %d MB", took>>20)
	if took > memoryLimit {
		s.t.Errorf("the server took %d MB", took>>20)
	}
}

// peak returns the most memory that the process has used, in bytes.
func (s *server) peak() int {
	s.t.Helper()
	status, err := os.ReadFile(fmt.Sprintf("/proc/%d/status", s.process.Process.Pid))
	if err != nil {
		s.t.Fatal(err)
	}
	_, rest, _ := strings.Cut(string(status), "VmHWM:")
	kb, err := strconv.Atoi(strings.Fields(rest)[0])
	if err != nil {
		s.t.Fatal(err)
	}
	return kb << 10
}

// served starts the built binary, with the owner signed in and a client's project.
func served(t *testing.T, environment map[string]string) (s *server, owner string, project any) {
	t.Helper()
	return servedBy(t, testkit.Binary(t), environment)
}

func servedBy(t *testing.T, binary string, environment map[string]string) (s *server, owner string, project any) {
	t.Helper()
	s = &server{t: t, binary: binary, data: testkit.Dir(t), environment: environment}
	t.Cleanup(s.kill)
	s.start()
	signIn := testkit.Request(t, s.url, "POST", "/api/collections/_superusers/auth-with-password", "",
		map[string]any{"identity": testkit.OwnerEmail, "password": testkit.OwnerPassword})
	owner, _ = signIn.JSON()["token"].(string)
	create := func(collection string, fields map[string]any) any {
		answer := testkit.Request(t, s.url, "POST", "/api/collections/"+collection+"/records", owner, fields)
		if answer.Status != 200 {
			t.Fatalf("make %s: %d %s", collection, answer.Status, answer.Raw)
		}
		return answer.JSON()["id"]
	}
	client := create("clients", map[string]any{"email": "ana@example.com", "name": "Ana"})
	return s, owner, create("projects", map[string]any{"client": client, "title": "Album", "serviceType": "AUDIO"})
}
