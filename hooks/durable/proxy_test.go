package durable_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"greenroom/hooks/testkit"
)

// proxied is two machines behind a proxy of Debian's, which runs with the configuration in deploy/ with its optional
// lines uncommented, as the file describes.
type proxied struct {
	*studio         // sends its requests through the proxy, as the owner
	leader  *studio // the machine that serves now
	other   *studio // the one that stands by
	mu      sync.Mutex
	said    []string // the acknowledged comments
	refused []refusedWrite
}

// refusedWrite is a write whose answer was no success.
type refusedWrite struct {
	status     int
	retryAfter string
	err        error
	took       time.Duration
}

// twoMachines proves for a proxy that all writes succeed before, between and after failovers, and that none that was
// acknowledged is lost. While no machine serves, a write is either delayed or refused with a sentence.
func twoMachines(t *testing.T) {
	for name, start := range map[string]func(t *testing.T, front, one, two string){"nginx": startNginx, "Caddy": startCaddy} {
		t.Run(name, func(t *testing.T) {
			p := newProxied(t, start)
			p.mustWrite(t, "before", 200)
			p.failOver(t, "a kill", p.leader.kill)
			p.mustWrite(t, "after a kill", 200)
			p.comeBack(t)
			p.mustWrite(t, "with the old one back", 200)
			p.failOver(t, "a stop", func() { p.leader.stop() })
			p.mustWrite(t, "after a stop", 200)
			p.mustHaveAll(t)
			t.Logf("%d writes were acknowledged and none is missing; %d were refused while nobody served", len(p.said), len(p.refused))
		})
	}
}

func newProxied(t *testing.T, start func(t *testing.T, front, one, two string)) *proxied {
	t.Helper()
	g := newGateway(t)
	one := openWith(t, g.environment("GREENROOM_LEASE", "1", "R2_ENDPOINT", "http://"+g.line.address, "R2_BUCKET", bucketName, "R2_ACCESS_KEY_ID", accessKey, "R2_SECRET_ACCESS_KEY", secretKey))
	one.server.address = strings.TrimPrefix(one.url, "http://")
	two := one.elsewhere()
	two.server.address = testkit.FreeAddress(t)
	two.startStandby()
	front := testkit.FreeAddress(t)
	start(t, front, one.server.address, two.server.address)
	through := *one
	through.server = &server{t: t, url: "http://" + front}
	p := &proxied{studio: &through, leader: one, other: two}
	testkit.Eventually(t, "the proxy passes requests on", func() bool { return through.alive() == http.StatusOK })
	return p
}

// mustWrite writes from four connections at once; every write has to succeed.
func (p *proxied) mustWrite(t *testing.T, when string, count int) {
	t.Helper()
	before := len(p.refused)
	var writers sync.WaitGroup
	for side := range 4 {
		writers.Go(func() {
			for n := range count / 4 {
				p.write(fmt.Sprintf("%s %d-%d", when, side, n))
			}
		})
	}
	writers.Wait()
	if more := len(p.refused) - before; more > 0 {
		t.Errorf("%s %d of %d writes did not arrive: %v", when, more, count, p.refused[before])
	}
}

// failOver ends the leader while four connections write. Writes in between are delayed, or refused with a sentence.
func (p *proxied) failOver(t *testing.T, how string, end func()) {
	t.Helper()
	before := len(p.refused)
	over := make(chan struct{})
	var writers sync.WaitGroup
	for side := range 4 {
		writers.Go(func() {
			for n := 0; !isClosed(over); n++ {
				p.write(fmt.Sprintf("during %s %d-%d", how, side, n))
				time.Sleep(time.Millisecond) // a proxy refuses so quickly that this loop would spin
			}
		})
	}
	time.Sleep(500 * time.Millisecond)
	ended := time.Now()
	end()
	testkit.Eventually(t, "the standby serves", func() bool { return p.other.alive() == http.StatusOK })
	t.Logf("%s: taken over after %.1f s", how, time.Since(ended).Seconds())
	time.Sleep(1500 * time.Millisecond) // the proxy checks the machines once a second
	close(over)
	writers.Wait()
	p.leader, p.other = p.other, p.leader
	for _, r := range p.refused[before:] {
		switch seconds, err := strconv.Atoi(r.retryAfter); {
		case r.err != nil:
			t.Errorf("during %s a write was not answered: %v", how, r.err)
		case r.took > 31*time.Second:
			t.Errorf("during %s a write was refused after %s", how, r.took)
		case r.status != http.StatusServiceUnavailable || err != nil || seconds < 1:
			t.Errorf("during %s a write was refused with %d and Retry-After %q", how, r.status, r.retryAfter)
		}
	}
}

// comeBack starts the machine that was ended, as a standby.
func (p *proxied) comeBack(t *testing.T) {
	t.Helper()
	p.other.startStandby()
}

func (p *proxied) write(words string) {
	started := time.Now()
	body, _ := json.Marshal(map[string]any{"milestone": milestoneId, "body": words})
	request, err := http.NewRequest("POST", p.url+records("comments"), bytes.NewReader(body))
	if err != nil {
		panic(err)
	}
	request.Header.Set("Content-Type", "application/json")
	request.Header.Set("Authorization", p.owner)
	answer := refusedWrite{}
	response, err := p.http.Do(request)
	if err == nil {
		_, err = io.Copy(io.Discard, response.Body)
		response.Body.Close()
		answer.status, answer.retryAfter = response.StatusCode, response.Header.Get("Retry-After")
	}
	answer.err, answer.took = err, time.Since(started)
	p.mu.Lock()
	defer p.mu.Unlock()
	if answer.status == http.StatusOK {
		p.said = append(p.said, words)
		return
	}
	p.refused = append(p.refused, answer)
}

// mustHaveAll fails unless the machine that serves has every acknowledged comment.
func (p *proxied) mustHaveAll(t *testing.T) {
	t.Helper()
	db := p.leader.database("data.db")
	defer db.Close()
	there := map[string]bool{}
	db.each("SELECT id, body FROM comments", func(_, body string) { there[body] = true })
	for _, words := range p.said {
		if !there[words] {
			t.Errorf("%q was acknowledged and is not there", words)
		}
	}
}

// shipped writes a file of deploy/ with some texts replaced, and returns its path.
func shipped(t *testing.T, name string, changes ...string) string {
	t.Helper()
	content, err := os.ReadFile(filepath.Join("..", "..", "deploy", name))
	if err != nil {
		t.Fatal(err)
	}
	text := string(content)
	for i := 0; i < len(changes); i += 2 {
		if !strings.Contains(text, changes[i]) {
			t.Fatalf("deploy/%s does not have %q", name, changes[i])
		}
		text = strings.ReplaceAll(text, changes[i], changes[i+1])
	}
	return text
}

func startNginx(t *testing.T, front, one, two string) {
	needs(t, "nginx")
	config := shipped(t, "nginx.conf", "127.0.0.1:8090", one, "# server 10.0.0.2:8090", "server "+two, "listen 443 ssl http2;", "listen "+front+";", "\tlisten [::]:443 ssl http2;\n", "",
		"\tssl_certificate /etc/letsencrypt/live/portal.example.com/fullchain.pem;\n", "", "\tssl_certificate_key /etc/letsencrypt/live/portal.example.com/privkey.pem;\n", "",
		"listen 80;", "listen "+testkit.FreeAddress(t)+";", "\tlisten [::]:80;\n", "")
	dir := t.TempDir()
	temporary := ""
	for _, kind := range []string{"client_body", "proxy", "fastcgi", "uwsgi", "scgi"} {
		temporary += fmt.Sprintf("\t%s_temp_path %s/%s;\n", kind, dir, kind)
	}
	whole := fmt.Sprintf("daemon off;\npid %s/pid;\nerror_log stderr;\nevents {}\nhttp {\n\taccess_log off;\n%s%s}\n", dir, temporary, config)
	startProxy(t, dir, "nginx.conf", whole, "nginx", "-e", "stderr", "-c")
}

func startCaddy(t *testing.T, front, one, two string) {
	needs(t, "caddy")
	config := shipped(t, "Caddyfile", "portal.example.com {", "http://"+front+" {", "127.0.0.1:8090 { # 10.0.0.1:8090 10.0.0.2:8090", one+" "+two+" {", "\t\t# ", "\t\t")
	startProxy(t, t.TempDir(), "Caddyfile", "{\n\tadmin off\n}\n"+config, "caddy", "run", "--adapter", "caddyfile", "--config")
}

func startProxy(t *testing.T, dir, name, config string, command ...string) {
	t.Helper()
	path := filepath.Join(dir, name)
	if err := os.WriteFile(path, []byte(config), 0o644); err != nil {
		t.Fatal(err)
	}
	if err := os.Chmod(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	said := &output{}
	process := exec.Command(command[0], append(command[1:], path)...)
	process.Stdout, process.Stderr = said, said
	process.Env = append(os.Environ(), "HOME="+dir, "XDG_DATA_HOME="+dir, "XDG_CONFIG_HOME="+dir)
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = process.Process.Signal(os.Interrupt)
		_ = process.Wait() // the process is killed, so its status means nothing
		if t.Failed() {
			t.Logf("%s said:\n%.3000s", command[0], said)
		}
	})
}
