package durable_test

import (
	"crypto/sha256"
	"fmt"
	"net/http"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"greenroom/hooks/testkit"
)

// caughtUpWithin is how soon after the end of an outage the bucket must have every change.
const caughtUpWithin = 5 * time.Second

// When a bucket is silent for some seconds, only those seconds are lost. Meanwhile the owner and the doctor learn since
// when the replica is behind, although the upload that would tell them hangs; and the bucket has all changes soon
// afterwards.
func TestABlipCostsSeconds(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	s := openWith(t, g.environment("CLERK_WEBHOOK_SECRET", webhookSecret))
	testkit.Eventually(t, "the replica has the studio", func() bool { return s.health("durable")["state"] == "ok" })
	g.line.stall()
	begun := time.Now()
	s.comment("During the blip")
	testkit.Eventually(t, "the owner is told", func() bool { return s.health("durable")["state"] != "ok" })
	trouble, _ := s.health("durable")["lastError"].(string)
	since, err := time.Parse("2006-01-02T15:04:05", regexp.MustCompile(`nothing written since (\S+) UTC`).FindStringSubmatch(trouble + " nothing written since ? UTC")[1])
	if err != nil || since.Before(begun.Add(-time.Second)) || since.After(time.Now()) {
		t.Errorf("the owner is told: %s", trouble)
	}
	g.line.comeBack()
	s.mustCatchUp(caughtUpWithin)
	testkit.Eventually(t, "the owner is told that all is well", func() bool { return s.health("durable")["state"] == "ok" })
	s.kill()
	if !strings.Contains(s.replica(), "During the blip") {
		t.Error("the replica does not have it")
	}
}

// The doctor does not rely on a last good report that is too old: here the server's upload hangs.
func TestTheDoctorKnowsOfABlip(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	s := openWith(t, g.environment())
	testkit.Eventually(t, "the replica has the studio", func() bool { return s.health("durable")["state"] == "ok" })
	g.line.stall()
	s.comment("During the blip")
	testkit.Eventually(t, "the owner is told", func() bool { return s.health("durable")["state"] != "ok" })
	g.line.comeBack()
	// The server is frozen so that it cannot notice that its bucket is back.
	s.freeze()
	defer s.thaw()
	if said := s.refuses("doctor"); !strings.Contains(said, "fails: replica, The replica is behind: nothing written since ") {
		t.Errorf("the doctor said:\n%s", said)
	}
}

// In commit mode a short outage delays an answer, and refuses no request.
func TestABlipRefusesNothing(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	s := openWith(t, g.environment("GREENROOM_SYNC", "commit"))
	answered := make(chan int)
	g.line.stall()
	go func() {
		answer := testkit.Request(t, s.url, "POST", records("comments"), s.owner, map[string]any{"milestone": milestoneId, "body": "During the blip"})
		answered <- answer.Status
	}()
	select {
	case status := <-answered:
		t.Errorf("it was answered %d during the blip", status)
	case <-time.After(3 * time.Second):
		g.line.comeBack()
		if status := <-answered; status != 200 {
			t.Errorf("it was answered %d", status)
		}
	}
}

// A studio that is uploaded in parts can be restored unchanged, and an outage between the parts only delays the upload.
func TestALargeUploadInPartsIsWhole(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	s := openWith(t, nil)
	s.comment("Before it grew")
	s.stop()
	s.grow(25)
	s.environment = g.environment("CLERK_WEBHOOK_SECRET", webhookSecret)
	// The delay for each 64 KB makes the upload long enough to be interrupted.
	g.line.slow(3 * time.Millisecond)
	s.start()
	testkit.Eventually(t, "a part of the studio is in the bucket", func() bool { return len(glob(t, g.parts())) > 1 })
	g.line.stall()
	s.comment("During the blip")
	g.line.comeBack()
	s.mustCatchUp(time.Minute)
	had := s.fingerprint()
	s.kill()
	other := s.elsewhere()
	other.start()
	if has := other.fingerprint(); has != had {
		t.Errorf("another machine has %s instead of %s", has, had)
	}
}

// With a lease the first upload of a large studio goes in parts too, so that a stalled connection loses only the parts
// that were being sent on it.
func TestALargeUploadWithALeaseIsWhole(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	s := openWith(t, nil)
	s.comment("Before it grew")
	s.stop()
	s.grow(25)
	s.environment = g.environment("GREENROOM_LEASE", "1", "R2_ENDPOINT", "http://"+g.line.address, "R2_BUCKET", bucketName, "R2_ACCESS_KEY_ID", accessKey,
		"R2_SECRET_ACCESS_KEY", secretKey)
	// The delay for each 64 KB makes the upload long enough to be interrupted.
	g.line.slow(3 * time.Millisecond)
	s.launch()
	testkit.Eventually(t, "a part of the studio is in the bucket", func() bool { return len(glob(t, g.parts())) > 1 })
	g.line.stall()
	g.line.comeBack()
	testkit.Eventually(t, "it serves", func() bool { return s.alive() == http.StatusOK })
	s.comment("After the blip")
	had := s.fingerprint()
	s.kill()
	other := s.elsewhere()
	other.launch()
	testkit.Eventually(t, "another machine serves", func() bool { return other.alive() == http.StatusOK })
	if has := other.fingerprint(); has != had {
		t.Errorf("another machine has %s instead of %s", has, had)
	}
}

// mustBeRestored fails unless a restore of the replica holds the given comments.
func (s *studio) mustBeRestored(said []string) {
	s.t.Helper()
	into := &server{t: s.t, data: filepath.Join(s.t.TempDir(), "restored")}
	s.run("restore", "--to", into.data)
	db := into.database("data.db")
	defer db.Close()
	there := map[string]bool{}
	db.each("SELECT id, body FROM comments WHERE id NOT LIKE 'grown%'", func(_, body string) { there[body] = true })
	for _, acknowledged := range said {
		if !there[acknowledged] {
			s.t.Errorf("%q was acknowledged, and is not in the bucket", acknowledged)
		}
	}
}

// parts lists the bucket's unfinished multipart uploads.
func (g *gateway) parts() string {
	return filepath.Join(g.Root, "objects", bucketName, ".sgwtmp", "multipart", "*", "*", "[0-9]*")
}

// fingerprint is one value for the content of all comments.
func (s *studio) fingerprint() string {
	s.t.Helper()
	db := s.database("data.db")
	defer db.Close()
	sum := sha256.New()
	n := 0
	db.each("SELECT id, body FROM comments ORDER BY id", func(id, body string) {
		n++
		fmt.Fprintln(sum, id, body)
	})
	return fmt.Sprintf("%d comments, %x", n, sum.Sum(nil))
}

// mustCatchUp fails unless the bucket has every change within the given time. It asks by a webhook, which is answered
// once the replica has the change.
func (s *studio) mustCatchUp(within time.Duration) (took time.Duration) {
	s.t.Helper()
	back := time.Now()
	for n := 0; ; n++ {
		status := s.webhook(fmt.Sprintf("user_%d_%d", back.UnixNano(), n), fmt.Sprintf("w%d-%d@example.com", back.UnixNano(), n))
		took = time.Since(back)
		if status == 204 {
			break
		}
		if took > time.Minute {
			s.t.Fatalf("a webhook is still answered %d", status)
		}
	}
	if took > within {
		s.t.Errorf("the bucket had everything %s after the end of the blip", took)
	}
	return took
}

// chatter writes comments until stop is called, which returns those that were acknowledged.
func (s *studio) chatter() (stop func() (said []string)) {
	end, ended := make(chan struct{}), make(chan []string)
	go func() {
		var said []string
		for n := 0; ; n++ {
			select {
			case <-end:
				ended <- said
				return
			case <-time.After(20 * time.Millisecond):
			}
			words := fmt.Sprintf("Said as number %d", n)
			if _, err := s.ask("POST", records("comments"), s.owner, map[string]any{"milestone": milestoneId, "body": words}); err == nil {
				said = append(said, words)
			}
		}
	}()
	return func() []string { close(end); return <-ended }
}

// Outages of three lengths, in studios of two sizes, while somebody writes; and one in the middle of the first upload.
func blips(t *testing.T) {
	for _, megabytes := range []int{20, 400} {
		for _, sync := range []string{"interval", "commit"} {
			t.Run(fmt.Sprintf("%dMB-%s", megabytes, sync), func(t *testing.T) {
				g := newGateway(t)
				s := openWith(t, nil)
				s.stop()
				s.grow(megabytes)
				s.environment = g.environment("GREENROOM_SYNC", sync, "CLERK_WEBHOOK_SECRET", webhookSecret)
				s.start()
				snapshots := filepath.Join(g.Root, "objects", bucketName, "studio", "0009", "*")
				for deadline := time.Now().Add(5 * time.Minute); len(glob(t, snapshots)) == 0; time.Sleep(50 * time.Millisecond) {
					if time.Now().After(deadline) {
						t.Fatal("there is no snapshot")
					}
				}
				talk := s.chatter()
				for _, blip := range []time.Duration{4 * time.Second, 20 * time.Second, time.Minute} {
					time.Sleep(time.Second)
					g.line.stall()
					time.Sleep(blip)
					g.line.comeBack()
					t.Logf("after %s the bucket had everything in %.1f s", blip, s.mustCatchUp(caughtUpWithin).Seconds())
				}
				said := talk()
				s.mustCatchUp(caughtUpWithin)
				s.kill()
				s.mustBeRestored(said)
				t.Logf("%d comments were acknowledged", len(said))
			})
		}
	}
	t.Run("in the first upload", func(t *testing.T) {
		g := newGateway(t)
		s := openWith(t, nil)
		s.stop()
		s.grow(400)
		s.environment = g.environment("CLERK_WEBHOOK_SECRET", webhookSecret)
		g.line.slow(2 * time.Millisecond) // 32 MB a second on each connection
		s.start()
		started := time.Now()
		testkit.Eventually(t, "a part of the studio is in the bucket", func() bool { return len(glob(t, g.parts())) > 10 })
		g.line.stall()
		time.Sleep(20 * time.Second)
		had := len(glob(t, g.parts()))
		g.line.comeBack()
		testkit.Eventually(t, "the upload goes on where it was", func() bool { return len(glob(t, g.parts())) > had })
		s.mustCatchUp(time.Minute)
		written := s.fingerprint()
		s.kill()
		other := s.elsewhere()
		other.start()
		if has := other.fingerprint(); has != written {
			t.Errorf("another machine has %s instead of %s", has, written)
		}
		t.Logf("%d parts were there before the blip; all was there %.1f s after the start, 20 of them in the blip", had, time.Since(started).Seconds())
	})
}
