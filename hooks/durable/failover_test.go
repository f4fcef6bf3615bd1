package durable_test

import (
	"encoding/json"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"
	"time"

	"greenroom/hooks/testkit"
)

// One of two machines is killed or frozen while it writes; the other takes over and has every acknowledged change.
func TestAnotherMachineTakesOver(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	one := openWith(t, g.environment("GREENROOM_LEASE", "1", "R2_ENDPOINT", "http://"+g.line.address, "R2_BUCKET", bucketName, "R2_ACCESS_KEY_ID", accessKey, "R2_SECRET_ACCESS_KEY", secretKey))
	one.http.Timeout = 5 * time.Second // a frozen machine never answers
	two := one.elsewhere()
	two.startStandby()
	if status := two.alive(); status != 0 {
		t.Errorf("the standby listens, and answers %d", status)
	}
	writers := []writer{&commenter{ledger: newLedger()}, &approver{ledger: newLedger()}}
	for round := range int(number(t, "GREENROOM_FAILOVER_ROUNDS", 2)) {
		end, begin := one.kill, one.startStandby
		if round%2 == 1 {
			end, begin = one.freeze, one.thaw
		}
		one.endWhile(writers, func() { time.Sleep(time.Second) }, end)
		ended := time.Now()
		testkit.Eventually(t, "the standby serves", func() bool { return two.alive() == http.StatusOK })
		t.Logf("taken over after %.1f s", time.Since(ended).Seconds())
		begin()
		testkit.Eventually(t, "the old one stands by", func() bool { return one.standsBy() && one.alive() == 0 })
		if status := two.alive(); status != http.StatusOK {
			t.Fatalf("the new one answers %d when the old one is back", status)
		}
		two.verify(writers)
		if t.Failed() {
			t.Fatalf("after round %d", round+1)
		}
		one, two = two, one
	}
	for _, w := range writers {
		t.Logf("%T: %d requests were acknowledged", w, w.known().acks)
	}
	two.freeze() // it would take the lease before anybody could look
	if took := one.stop(); took > 10*time.Second {
		t.Errorf("the stop took %s", took)
	}
	if _, err := os.Stat(filepath.Join(g.Root, "objects", bucketName, "studio", "lock.json")); !os.IsNotExist(err) {
		t.Errorf("the lease was not given back: %v", err)
	}
	two.thaw()
	stopped := time.Now()
	testkit.Eventually(t, "the standby serves after a stop", func() bool { return two.alive() == http.StatusOK })
	t.Logf("a lease that was given back was taken after %.1f s", time.Since(stopped).Seconds())
}

// startStandby launches the server and returns once it stands by.
func (s *studio) startStandby() {
	s.t.Helper()
	s.launch()
	testkit.Eventually(s.t, "the standby says so", s.standsBy)
}

// standsBy reports whether the server's last line says that it stands by.
func (s *studio) standsBy() bool {
	said := s.said.String()
	return strings.LastIndex(said, "Standing by") > strings.LastIndex(said, "Server started at")
}

// alive returns the status of the health check that a proxy would ask for, or 0 without an answer.
func (s *studio) alive() int {
	client := &http.Client{Timeout: time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Get(s.url + "/api/health")
	if err != nil {
		return 0
	}
	defer response.Body.Close()
	return response.StatusCode
}

func (s *studio) freeze() { s.signal(syscall.SIGSTOP) }
func (s *studio) thaw()   { s.signal(syscall.SIGCONT) }

func (s *studio) signal(signal os.Signal) {
	s.t.Helper()
	if err := s.process.Process.Signal(signal); err != nil {
		s.t.Fatal(err)
	}
}

// A standby does not listen. It tells why on standard output, and to commands.
func TestAStandbyTellsWhyItDoesNotServe(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	one := openWith(t, g.environment("GREENROOM_LEASE", "1", "R2_ENDPOINT", "http://"+g.line.address, "R2_BUCKET", bucketName, "R2_ACCESS_KEY_ID", accessKey, "R2_SECRET_ACCESS_KEY", secretKey))
	two := one.elsewhere()
	two.startStandby()
	if _, err := net.Dial("tcp", strings.TrimPrefix(two.url, "http://")); err == nil {
		t.Error("the standby listens")
	}
	if machine, _ := os.Hostname(); !strings.Contains(two.said.String(), machine) {
		t.Errorf("it is not said who serves: %s", two.said)
	}
	if said := two.run("health"); said != "The server stands by.\n" {
		t.Errorf("its health is %q", said)
	}
	if said := one.run("health"); said != "The server serves the studio.\n" {
		t.Errorf("the other one's health is %q", said)
	}
	for _, command := range [][]string{{"client", "add", "eve@example.com", "--name", "Eve"}, {"brief"}, {"superuser", "upsert", testkit.OwnerEmail, testkit.OwnerPassword}} {
		if said := two.refuses(command...); !strings.Contains(said, "stands by: run the command there") {
			t.Errorf("%s on the standby said:\n%s", command, said)
		}
	}
	if _, err := os.Stat(two.data + "/data.db"); err == nil {
		t.Error("a standby opened a database")
	}
	one.run("client", "add", "eve@example.com", "--name", "Eve")
	two.kill()
	one.stop()
	if said := one.refuses("client", "list"); !strings.Contains(said, "start the server") {
		t.Errorf("a command where nobody serves said:\n%s", said)
	}
	g.line.goDown()
	if said := one.refuses("client", "list"); !strings.Contains(said, "nobody can tell") {
		t.Errorf("a command without the bucket said:\n%s", said)
	}
}

// A machine that died with its clock a year ahead is replaced as soon as any other.
func TestADeadMachinesClockDelaysNobody(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	one := openWith(t, g.environment("GREENROOM_LEASE", "1", "R2_ENDPOINT", "http://"+g.line.address, "R2_BUCKET", bucketName, "R2_ACCESS_KEY_ID", accessKey, "R2_SECRET_ACCESS_KEY", secretKey))
	one.kill()
	path := filepath.Join(g.Root, "objects", bucketName, "studio", "lock.json")
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	var held map[string]any
	if err := json.Unmarshal(content, &held); err != nil {
		t.Fatal(err)
	}
	ends, err := time.Parse(time.RFC3339Nano, fmt.Sprint(held["expires_at"]))
	if err != nil {
		t.Fatalf("there is no end in the lease: %s", content)
	}
	held["expires_at"] = ends.AddDate(1, 0, 0)
	if content, err = json.Marshal(held); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
	two := one.elsewhere()
	two.startStandby()
	testkit.Eventually(t, "the standby serves", func() bool { return two.alive() == http.StatusOK })
}
