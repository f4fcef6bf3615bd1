package durable_test

import (
	"crypto/rand"
	"crypto/rsa"
	"crypto/x509"
	"encoding/json"
	"encoding/pem"
	"net"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"

	"greenroom/hooks/testkit"
)

// A served copy sends none of the studio's mails and reaches none of its services. Once its marker is removed, it does.
func TestARestoredCopyReachesNothing(t *testing.T) {
	t.Parallel()
	real := open(t)
	real.dueMail()
	real.run("backup")
	replica := t.TempDir()
	outside := newCanary(t)

	s := real.elsewhere()
	s.data = filepath.Join(t.TempDir(), "copy")
	real.run("restore", "--to", s.data)
	s.environment = outside.environment(t, "file://"+replica)
	said := s.start()
	if !strings.Contains(said.String(), "THIS IS A RESTORED COPY") || !strings.Contains(said.String(), filepath.Join(s.data, "restored-copy.txt")) {
		t.Errorf("nothing was said of the copy:\n%s", said)
	}
	s.comment("Looked up")
	s.must("POST", "/api/backups", map[string]any{"name": "copy.zip"})
	s.must("POST", "/api/crons/files", nil)
	if _, err := s.ask("PATCH", "/api/settings", s.owner, map[string]any{"meta": map[string]any{"appName": "Another"}}); err == nil {
		t.Error("the settings were stored with everything switched off")
	}
	if got := s.mailState(); got != "waiting" {
		t.Errorf("the mail that waited in it is %s", got)
	}
	s.stop()
	if n := outside.calls.Load(); n > 0 {
		t.Errorf("the copy reached the outside %d times", n)
	}
	if left := glob(t, filepath.Join(replica, "*")); len(left) > 0 {
		t.Errorf("the copy wrote to the replica: %v", left)
	}
	for _, name := range entries(t, filepath.Join(s.data, "backups", "copy.zip")) {
		if name == "restored-copy.txt" {
			t.Error("a backup carries the mark along")
		}
	}

	if err := os.Remove(filepath.Join(s.data, "restored-copy.txt")); err != nil {
		t.Fatal(err)
	}
	s.start()
	testkit.Eventually(t, "what was a copy is the studio", func() bool {
		return outside.calls.Load() > 0 && len(glob(t, filepath.Join(replica, "*"))) > 0
	})
}

// canary stands for every outside service: it records each connection and closes it.
type canary struct {
	address string
	calls   atomic.Int64
}

func newCanary(t *testing.T) *canary {
	t.Helper()
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { listener.Close() })
	c := &canary{address: listener.Addr().String()}
	go func() {
		for {
			connection, err := listener.Accept()
			if err != nil {
				return
			}
			c.calls.Add(1)
			connection.Close()
		}
	}()
	return c
}

// environment configures every service with the canary's address.
func (c *canary) environment(t *testing.T, replica string) map[string]string {
	t.Helper()
	key, err := rsa.GenerateKey(rand.Reader, 2048)
	if err != nil {
		t.Fatal(err)
	}
	der, err := x509.MarshalPKCS8PrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	url := "http://" + c.address
	google, err := json.Marshal(map[string]string{"type": "service_account", "client_email": "studio@project.iam.example", "private_key_id": "1",
		"token_uri": url, "private_key": string(pem.EncodeToMemory(&pem.Block{Type: "PRIVATE KEY", Bytes: der}))})
	if err != nil {
		t.Fatal(err)
	}
	return map[string]string{"REPLICA_URL": replica, "SMTP_URL": "smtp://" + c.address + "?from=studio@example.com",
		"R2_ENDPOINT": url, "R2_BUCKET": "files", "R2_ACCESS_KEY_ID": accessKey, "R2_SECRET_ACCESS_KEY": secretKey,
		"GOOGLE_CREDENTIALS": string(google), "GOOGLE_CALENDAR_ID": "james@example.com", "GOOGLE_API_URL": url,
		"STRIPE_SECRET_KEY": "sk_test_123", "STRIPE_WEBHOOK_SECRET": "whsec_123", "STRIPE_API_URL": url}
}
