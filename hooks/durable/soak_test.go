package durable_test

import (
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"testing"
	"time"

	"greenroom/hooks/testkit"
)

// TestSoak runs the proofs that take long, or need root, loop devices or strace, when GREENROOM_SOAK=1 is set.
func TestSoak(t *testing.T) {
	proofs := map[string]func(t *testing.T){}
	if os.Getenv("GREENROOM_SOAK") != "" {
		proofs = map[string]func(t *testing.T){
			"powerCut":                powerCut,
			"fullDisk":                fullDisk,
			"aFullMount":              aFullMount,
			"hostile":                 hostile,
			"failingSync":             failingSync,
			"aMinuteWithoutTheBucket": aMinuteWithoutTheBucket,
			"aLargeStudio":            aLargeStudio,
			"blips":                   blips,
			"rootsCommands":           rootsCommands,
			"twoMachines":             twoMachines,
		}
	}
	for name, proof := range proofs {
		t.Run(name, proof)
	}
}

// needs fails a proof that this machine lacks the tools or rights for, and names what is missing.
func needs(t *testing.T, tools ...string) {
	t.Helper()
	for _, tool := range tools {
		if _, err := exec.LookPath(tool); err != nil {
			t.Fatalf("this machine cannot prove it: there is no %s", tool)
		}
	}
	if len(tools) > 0 && os.Geteuid() != 0 {
		t.Fatal("this machine cannot prove it: it takes root")
	}
}

// disk is a file system in an image file.
type disk struct {
	t           *testing.T
	image, path string
}

func newDisk(t *testing.T, size string) *disk {
	t.Helper()
	dir := t.TempDir()
	d := &disk{t, filepath.Join(dir, "image"), filepath.Join(dir, "mounted")}
	if err := os.Mkdir(d.path, 0o700); err != nil {
		t.Fatal(err)
	}
	d.command("truncate", "-s", size, d.image)
	d.command("mkfs.ext4", "-q", "-F", d.image)
	d.mount(d.image)
	return d
}

func (d *disk) mount(image string) {
	d.t.Helper()
	d.command("mount", "-o", "loop", image, d.path)
	d.t.Cleanup(func() { _ = exec.Command("umount", "-l", d.path).Run() })
}

func (d *disk) command(name string, args ...string) {
	d.t.Helper()
	if said, err := exec.Command(name, args...).CombinedOutput(); err != nil {
		d.t.Fatalf("this machine cannot prove it: %s: %v\n%s", name, err, said)
	}
}

// A power cut keeps what had reached the disk and nothing else. The image is copied without the system's page cache
// while the server writes, and a new server starts on the copy.
func powerCut(t *testing.T) {
	needs(t, "mount", "mkfs.ext4", "truncate")
	for round := range int(number(t, "GREENROOM_POWER_ROUNDS", 4)) {
		d := newDisk(t, "300M")
		s := openAt(t, filepath.Join(d.path, "data"), nil)
		s.http.Timeout = 5 * time.Second // a machine without power never answers
		writers := []writer{&commenter{ledger: newLedger()}, &approver{ledger: newLedger()}}
		cut := filepath.Join(t.TempDir(), "cut")
		s.endWhile(writers, func() { time.Sleep(3 * time.Second) }, func() {
			s.freeze()
			// The copy holds what the file system had written through, as after a power cut.
			d.command("cp", "--sparse=always", d.image, cut)
		})
		s.kill()
		d.command("umount", d.path)
		d.mount(cut)
		s.start()
		s.verify(writers)
		s.kill()
		t.Logf("round %d: %d and %d requests were acknowledged", round+1, writers[0].known().acks, writers[1].known().acks)
		if t.Failed() {
			t.FailNow()
		}
	}
}

// A full disk refuses new writes and keeps what was acknowledged; with free space the studio works again.
func fullDisk(t *testing.T) {
	needs(t, "mount", "mkfs.ext4", "truncate")
	d := newDisk(t, "64M")
	g := newGateway(t)
	s := openAt(t, filepath.Join(d.path, "data"), g.environment())
	s.comment("Before")
	filler := filepath.Join(d.path, "filler")
	_ = exec.Command("dd", "if=/dev/zero", "of="+filler, "bs=64k").Run() // dd fails once the disk is full, as it should
	refused := 0
	for range 200 {
		if _, err := s.ask("POST", records("comments"), s.owner, map[string]any{"milestone": milestoneId, "body": strings.Repeat("full ", 1900)}); err != nil {
			refused++
		}
	}
	if refused == 0 {
		t.Error("a full disk took everything")
	}
	s.must("GET", "/api/portal/health", nil)
	if err := os.Remove(filler); err != nil {
		t.Fatal(err)
	}
	testkit.Eventually(t, "there is room again", func() bool {
		_, err := s.ask("POST", records("comments"), s.owner, map[string]any{"milestone": milestoneId, "body": "After"})
		return err == nil
	})
	s.stop()
	data := s.database("data.db")
	data.whole()
	data.Close()
	if words := s.replica(); !strings.Contains(words, "Before") || !strings.Contains(words, "After") {
		t.Error("the replica did not catch up")
	}
}

// A write whose fsync fails is not acknowledged.
func failingSync(t *testing.T) {
	needs(t, "strace")
	s := open(t)
	s.comment("Before")
	said := &output{}
	tracer := exec.Command("strace", "-f", "-qq", "-e", "trace=fsync,fdatasync", "-e", "inject=fsync,fdatasync:error=EIO", "-p", strconv.Itoa(s.process.Process.Pid))
	tracer.Stderr = said
	if err := tracer.Start(); err != nil {
		t.Fatalf("this machine cannot prove it: %v", err)
	}
	testkit.Eventually(t, "a write is refused", func() bool {
		_, err := s.ask("POST", records("comments"), s.owner, map[string]any{"milestone": milestoneId, "body": "Refused"})
		return err != nil
	})
	acknowledged := map[string]bool{}
	for n := range 20 {
		words := "Try " + string(rune('a'+n))
		if _, err := s.ask("POST", records("comments"), s.owner, map[string]any{"milestone": milestoneId, "body": words}); err == nil {
			acknowledged[words] = true
		}
	}
	if len(acknowledged) > 0 {
		t.Errorf("%d writes were acknowledged without the disk", len(acknowledged))
	}
	_ = tracer.Process.Signal(syscall.SIGINT)
	_ = tracer.Wait() // strace ends by the signal
	s.kill()
	s.start()
	s.comment("After")
	data := s.database("data.db")
	defer data.Close()
	data.whole()
}

// While the bucket is gone for a minute, the studio goes on; then the replica catches up without help.
func aMinuteWithoutTheBucket(t *testing.T) {
	g := newGateway(t)
	s := openWith(t, g.environment())
	writers := []writer{&commenter{ledger: newLedger()}}
	s.endWhile(writers, func() {
		time.Sleep(2 * time.Second)
		g.line.goDown()
		time.Sleep(time.Minute)
		g.line.comeBack()
		time.Sleep(20 * time.Second)
	}, func() { s.stop() })
	s = s.elsewhere()
	s.start()
	s.verify(writers)
	t.Logf("%d requests were acknowledged", writers[0].known().acks)
}

// A studio of 350 MB is replicated, compared at the start and restored within minutes, in the memory that
// deploy/greenroom.service allows, while somebody writes.
func aLargeStudio(t *testing.T) {
	const memoryHigh = 512 << 10 // KB
	g := newGateway(t)
	s := openWith(t, nil)
	s.stop()
	s.grow(350)
	s.environment = g.environment()
	timed := func(what string, do func()) {
		t.Helper()
		started := time.Now()
		do()
		t.Logf("%s: %.1f s, at most %d MB of memory", what, time.Since(started).Seconds(), s.peak()/1024)
	}
	timed("first start", func() { s.start() })
	slowest := time.Duration(0)
	timed("first snapshot", func() {
		snapshots := filepath.Join(g.Root, "objects", bucketName, "studio", "0009", "*")
		for deadline := time.Now().Add(5 * time.Minute); len(glob(t, snapshots)) == 0; time.Sleep(50 * time.Millisecond) {
			started := time.Now()
			s.comment("Meanwhile")
			slowest = max(slowest, time.Since(started))
			if time.Now().After(deadline) {
				t.Fatal("there is no snapshot")
			}
		}
	})
	t.Logf("the slowest write meanwhile: %s", slowest)
	timed("stop", func() { s.stop() })
	timed("start, with the comparison", func() { s.start() })
	if s.peak() > memoryHigh {
		t.Errorf("%d KB of memory were used", s.peak())
	}
	timed("restore drill", func() {
		s.must("POST", "/api/crons/greenroomRestoreDrill", nil)
		for deadline := time.Now().Add(5 * time.Minute); s.row("durable:drill")["state"] == nil; time.Sleep(100 * time.Millisecond) {
			if time.Now().After(deadline) {
				t.Fatal("the drill does not end")
			}
		}
	})
	t.Logf("the drill: %v", s.row("durable:drill")["cursor"])
	timed("backup", func() { s.run("backup") })
	timed("greenroom restore", func() { s.run("restore", "--to", filepath.Join(t.TempDir(), "restored")) })
	s.kill()
	other := s.elsewhere()
	started := time.Now()
	other.start()
	t.Logf("start on an empty machine: %.1f s, at most %d MB of memory", time.Since(started).Seconds(), other.peak()/1024)
}

// After root has run commands on a stopped studio, the server's own user can write every file.
func rootsCommands(t *testing.T) {
	needs(t, "chown")
	const nobody = 65534
	s := open(t)
	s.stop()
	if said, err := exec.Command("chown", "-R", strconv.Itoa(nobody), s.data).CombinedOutput(); err != nil {
		t.Fatalf("%v %s", err, said)
	}
	for _, command := range []string{"client add eve@example.com --name Eve", "backup", "superuser upsert other@example.com a-long-password", "search --rebuild", "client invite eve@example.com", "brief"} {
		s.run(strings.Fields(command)...)
	}
	s.refuses("client", "add", "not an address")
	err := filepath.WalkDir(s.data, func(path string, entry fs.DirEntry, err error) error {
		if err != nil {
			return err
		}
		info, err := entry.Info()
		if err == nil && info.Sys().(*syscall.Stat_t).Uid != nobody {
			t.Errorf("%s is root's", path)
		}
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
}

// peak is the most memory that the server has used, in KB.
func (s *server) peak() (kilobytes int) {
	status, err := os.ReadFile(filepath.Join("/proc", strconv.Itoa(s.process.Process.Pid), "status"))
	if err != nil { // the server has ended
		return 0
	}
	for line := range strings.Lines(string(status)) {
		if rest, ok := strings.CutPrefix(line, "VmHWM:"); ok {
			kilobytes, _ = strconv.Atoi(strings.Fields(rest)[0])
		}
	}
	return kilobytes
}
