package durable_test

import (
	"encoding/base64"
	"encoding/json"
	"fmt"
	"math/rand/v2"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	svix "github.com/svix/svix-webhooks/go"

	"greenroom/hooks/testkit"
)

// In commit mode every acknowledged change is in the bucket, even if the machine and its disk are lost at any moment.
func TestAnotherMachineHasAllThatWasAnswered(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	for name, tc := range map[string]struct {
		delay  time.Duration
		rounds int64
	}{"a fast bucket": {0, number(t, "GREENROOM_REPLICA_ROUNDS", 2)}, "a slow bucket": {100 * time.Millisecond, 1}} {
		t.Run(name, func(t *testing.T) {
			g.line.slow(0)
			s := openWith(t, g.environment("GREENROOM_SYNC", "commit", "REPLICA_URL", "s3://"+bucketName+"/"+strings.ReplaceAll(name, " ", "-")))
			choose := rand.New(rand.NewPCG(testkit.Seed(t), 1))
			writers := []writer{&commenter{ledger: newLedger()}, &approver{ledger: newLedger()}, &calendar{ledger: newLedger(), choose: choose}}
			g.line.slow(tc.delay)
			for range tc.rounds {
				s.killWhile(writers, func() { time.Sleep(time.Second + choose.N(time.Second)) })
				s = s.elsewhere()
				said := s.start()
				if !strings.Contains(said.String(), "RESTORED from the replica") {
					t.Errorf("nothing was said of the restore:\n%s", said)
				}
				s.verify(writers)
				if t.Failed() {
					t.FailNow()
				}
			}
			for _, w := range writers {
				t.Logf("%T: %d requests were acknowledged", w, w.known().acks)
			}
		})
	}
}

// A server does not start on data that lacks changes which the replica has: its uploads would lose them there too.
func TestDatabaseBehindTheReplicaIsNotServed(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	for name, breakIt := range map[string]func(t *testing.T, s *studio, old, recent string){
		"the whole directory went back in time": func(t *testing.T, s *studio, old, _ string) {
			replaceBy(t, s.data, old)
		},
		"it went back to when this server ran": func(t *testing.T, s *studio, _, recent string) {
			replaceBy(t, s.data, recent)
		},
		"the database alone went back in time": func(t *testing.T, s *studio, old, _ string) {
			for _, suffix := range []string{"", "-wal", "-shm"} {
				if err := os.RemoveAll(filepath.Join(s.data, "data.db"+suffix)); err != nil {
					t.Fatal(err)
				}
			}
			copyFile(t, filepath.Join(old, "data.db"), filepath.Join(s.data, "data.db"))
			copyFile(t, filepath.Join(old, "data.db-wal"), filepath.Join(s.data, "data.db-wal"))
		},
		"the log of writes lost its end": func(t *testing.T, s *studio, old, _ string) {
			wal := filepath.Join(s.data, "data.db-wal")
			if err := os.Truncate(wal, sizeOf(t, wal)*2/3); err != nil {
				t.Fatal(err)
			}
		},
		"a bit of the log of writes flipped": func(t *testing.T, s *studio, old, _ string) {
			flip(t, filepath.Join(s.data, "data.db-wal"))
		},
		"it is another studio": func(t *testing.T, s *studio, old, _ string) {
			replaceBy(t, s.data, open(t).data)
		},
	} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			s := openWith(t, g.environment("GREENROOM_SYNC", "commit", "REPLICA_URL", "s3://"+bucketName+"/"+strings.ReplaceAll(name, " ", "-")))
			s.kill()
			old := t.TempDir()
			replaceBy(t, old, s.data)
			s.start()
			s.comment("Written after one copy and before the other")
			recent := t.TempDir()
			s.freeze()
			replaceBy(t, recent, s.data)
			s.thaw()
			s.comment("Written after the copy")
			s.kill()
			breakIt(t, s, old, recent)
			if said := s.refuses("serve", "--http", "127.0.0.1:0"); !strings.Contains(said, "holds more than the data directory") || s.status != 78 {
				t.Errorf("it ended with %d, and it was said:\n%s", s.status, said)
			}
			if !strings.Contains(s.replica(), "Written after the copy") {
				t.Error("the replica lost it")
			}
		})
	}
}

// The studio goes on while its bucket is down, and the bucket gets every change when it is back.
func TestTheStudioGoesOnWithoutItsBucket(t *testing.T) {
	t.Parallel()
	g := newGateway(t)
	s := openWith(t, g.environment())
	testkit.Eventually(t, "the replica has the studio", func() bool { return s.health("durable")["state"] == "ok" })
	g.line.goDown()
	s.comment("While the bucket was gone")
	testkit.Eventually(t, "the owner is told", func() bool { return s.health("durable")["state"] == "unreachable" })
	s.kill()
	s.start()
	s.comment("After a restart without it")
	s.kill()
	g.line.comeBack()
	s.start()
	s.comment("After it came back")
	if took := s.stop(); took > 10*time.Second {
		t.Errorf("the stop took %s", took)
	}
	for _, words := range []string{"While the bucket was gone", "After a restart without it", "After it came back"} {
		if !strings.Contains(s.replica(), words) {
			t.Errorf("the replica does not have %q", words)
		}
	}
}

// In commit mode no change is acknowledged that the bucket does not have; in interval mode only webhooks wait for it.
func TestAnswersWaitForTheBucket(t *testing.T) {
	t.Parallel()
	for name, tc := range map[string]struct {
		sync    string
		comment int // expected status of a comment while the bucket is gone
	}{"commit": {"commit", 503}, "interval": {"interval", 200}} {
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			g := newGateway(t)
			s := openWith(t, g.environment("GREENROOM_SYNC", tc.sync, "REPLICA_URL", "s3://"+bucketName+"/"+name, "CLERK_WEBHOOK_SECRET", webhookSecret))
			if status := s.webhook("user_1", "one@example.com"); status != 204 {
				t.Errorf("a webhook was answered %d", status)
			}
			g.line.goDown()
			if status := s.webhook("user_2", "two@example.com"); status != 503 {
				t.Errorf("a webhook without the bucket was answered %d", status)
			}
			answer := testkit.Request(t, s.url, "POST", records("comments"), s.owner, map[string]any{"milestone": milestoneId, "body": "Words"})
			if answer.Status != tc.comment {
				t.Errorf("a comment without the bucket was answered %d %s", answer.Status, answer.Raw)
			}
			if answer := testkit.Request(t, s.url, "GET", "/api/portal/overview", s.client, nil); answer.Status != 200 {
				t.Errorf("reading without the bucket was answered %d", answer.Status)
			}
			s.kill()
			g.line.comeBack()
			s.start()
			if status := s.webhook("user_2", "two@example.com"); status != 204 { // 503, so that Clerk sends it again
				t.Errorf("the webhook's repetition was answered %d", status)
			}
			var clients struct{ TotalItems int }
			answer = testkit.Request(t, s.url, "GET", records("clients")+"?filter=clerkId='user_2'", s.owner, nil)
			if err := json.Unmarshal(answer.Raw, &clients); err != nil || clients.TotalItems != 1 {
				t.Errorf("the repetition made %d clients: %v %s", clients.TotalItems, err, answer.Raw)
			}
			s.kill()
			s = s.elsewhere()
			s.start()
			if answer := testkit.Request(t, s.url, "GET", records("clients")+"?filter=email='two@example.com'", s.owner, nil); !strings.Contains(string(answer.Raw), "user_2") {
				t.Errorf("another machine does not have what the webhook brought: %s", answer.Raw)
			}
		})
	}
}

var webhookSecret = "whsec_" + base64.StdEncoding.EncodeToString([]byte("a secret of tests that is long enough"))

// webhook sends an event of Clerk's about a new user, and returns the status.
func (s *studio) webhook(user, email string) (status int) {
	s.t.Helper()
	payload := fmt.Sprintf(`{"type":"user.created","object":"event","data":{"id":%q,"object":"user","first_name":"Two","updated_at":1700000000000,`+
		`"primary_email_address_id":"e1","email_addresses":[{"id":"e1","email_address":%q,"verification":{"status":"verified"}}]}}`, user, email)
	signer, err := svix.NewWebhook(webhookSecret)
	if err != nil {
		s.t.Fatal(err)
	}
	now := time.Now()
	signature, err := signer.Sign("msg_"+user, now, []byte(payload))
	if err != nil {
		s.t.Fatal(err)
	}
	request, err := http.NewRequest("POST", s.url+"/api/webhooks/clerk", strings.NewReader(payload))
	if err != nil {
		s.t.Fatal(err)
	}
	request.Header = http.Header{"Content-Type": {"application/json"}, "Svix-Id": {"msg_" + user}, "Svix-Timestamp": {fmt.Sprint(now.Unix())}, "Svix-Signature": {signature}}
	response, err := s.http.Do(request)
	if err != nil {
		s.t.Fatal(err)
	}
	defer response.Body.Close()
	return response.StatusCode
}

func (s *studio) comment(words string) {
	s.t.Helper()
	s.must("POST", records("comments"), map[string]any{"milestone": milestoneId, "body": words})
}

// health returns one service's entry in the owner's health answer.
func (s *studio) health(name string) map[string]any {
	s.t.Helper()
	rows, _ := s.must("GET", "/api/portal/health", nil)["integrations"].([]any)
	for _, row := range rows {
		if row, ok := row.(map[string]any); ok && row["name"] == name {
			return row
		}
	}
	s.t.Fatalf("there is no health of %s", name)
	return nil
}

// replica restores the replica with the command, and returns the text of all its comments.
func (s *studio) replica(args ...string) (words string) {
	s.t.Helper()
	into := &server{t: s.t, data: filepath.Join(s.t.TempDir(), "restored")}
	s.run(append([]string{"restore", "--to", into.data}, args...)...)
	db := into.database("data.db")
	defer db.Close()
	db.each("SELECT id, body FROM comments ORDER BY created", func(_, body string) { words += body + "\n" })
	return words
}

func replaceBy(t *testing.T, dir, other string) {
	t.Helper()
	if err := os.RemoveAll(dir); err != nil {
		t.Fatal(err)
	}
	// A killed server leaves its socket, which cannot be copied.
	_ = os.Remove(filepath.Join(other, "greenroom.sock"))
	if err := os.CopyFS(dir, os.DirFS(other)); err != nil {
		t.Fatal(err)
	}
}

func copyFile(t *testing.T, from, to string) {
	t.Helper()
	content, err := os.ReadFile(from)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(to, content, 0o600); err != nil {
		t.Fatal(err)
	}
}

func sizeOf(t *testing.T, path string) int64 {
	t.Helper()
	info, err := os.Stat(path)
	if err != nil {
		t.Fatal(err)
	}
	return info.Size()
}

// flip changes one bit in the middle of a file.
func flip(t *testing.T, path string) {
	t.Helper()
	content, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	content[len(content)/2] ^= 1
	if err := os.WriteFile(path, content, 0o600); err != nil {
		t.Fatal(err)
	}
}
