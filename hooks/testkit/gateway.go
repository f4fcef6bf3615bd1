package testkit

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// Gateway is a real S3 server in a process of its own, whose objects are files.
type Gateway struct {
	Address string
	root    string
}

const (
	bucketName = "studio"
	accessKey  = "access-key-of-tests"
	secretKey  = "secret-key-of-tests"
)

// NewGateway starts one with an empty bucket; it ends with the test.
func NewGateway(t testing.TB) *Gateway {
	t.Helper()
	g := &Gateway{Address: FreeAddress(t), root: t.TempDir()}
	for _, dir := range []string{"objects/" + bucketName, "facts"} {
		if err := os.MkdirAll(filepath.Join(g.root, dir), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	process := exec.Command(Tool(t, "github.com/versity/versitygw/cmd/versitygw", "v1.8.0"), "--port", g.Address, "--region", "auto", "--quiet",
		"posix", "--sidecar", filepath.Join(g.root, "facts"), filepath.Join(g.root, "objects"))
	process.Env = []string{"ROOT_ACCESS_KEY=" + accessKey, "ROOT_SECRET_KEY=" + secretKey, "HOME=" + os.Getenv("HOME")}
	if err := process.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		_ = process.Process.Kill()
		_ = process.Wait() // how it ended is not the question here
	})
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
		connection, err := net.Dial("tcp", g.Address)
		if err == nil {
			connection.Close()
			return g
		}
		if time.Now().After(deadline) {
			t.Fatal("the S3 server does not listen: ", err)
		}
	}
}

// Environment configures a studio that keeps its files in the bucket.
func (g *Gateway) Environment() map[string]string {
	return map[string]string{"R2_ENDPOINT": "http://" + g.Address, "R2_BUCKET": bucketName, "R2_ACCESS_KEY_ID": accessKey, "R2_SECRET_ACCESS_KEY": secretKey}
}

// Object is where the object with a key lies on this machine.
func (g *Gateway) Object(key string) string {
	return filepath.Join(g.root, "objects", bucketName, filepath.FromSlash(key))
}

// Put makes an object behind the server's back.
func (g *Gateway) Put(t testing.TB, key, content string) {
	t.Helper()
	path := g.Object(key)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(content), 0o600); err != nil {
		t.Fatal(err)
	}
}
