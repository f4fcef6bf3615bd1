package testkit

import (
	"net"
	"os"
	"os/exec"
	"path/filepath"
	"testing"
	"time"
)

// Gateway is a real S3 server in a process of its own, which stores objects as files below Root.
type Gateway struct {
	Address string
	Root    string
	t       testing.TB
	process *exec.Cmd
}

// These are the bucket that each gateway has, and its keys.
const (
	BucketName = "studio"
	AccessKey  = "access-key-of-tests"
	SecretKey  = "secret-key-of-tests"
)

// NewGateway starts a gateway with an empty bucket for the test.
func NewGateway(t testing.TB) *Gateway {
	t.Helper()
	g := &Gateway{Address: FreeAddress(t), Root: t.TempDir(), t: t}
	for _, dir := range []string{"objects/" + BucketName, "facts"} {
		if err := os.MkdirAll(filepath.Join(g.Root, dir), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	g.Start()
	t.Cleanup(g.Stop)
	return g
}

// Start starts a stopped gateway again with its objects.
func (g *Gateway) Start() {
	g.t.Helper()
	g.process = exec.Command(Tool(g.t, "github.com/versity/versitygw/cmd/versitygw", "v1.8.0"), "--port", g.Address, "--region", "auto", "--quiet",
		"posix", "--sidecar", filepath.Join(g.Root, "facts"), filepath.Join(g.Root, "objects"))
	g.process.Env = []string{"ROOT_ACCESS_KEY=" + AccessKey, "ROOT_SECRET_KEY=" + SecretKey, "HOME=" + os.Getenv("HOME")}
	if err := g.process.Start(); err != nil {
		g.t.Fatal(err)
	}
	for deadline := time.Now().Add(time.Minute); ; time.Sleep(5 * time.Millisecond) {
		connection, err := net.Dial("tcp", g.Address)
		if err == nil {
			connection.Close()
			return
		}
		if time.Now().After(deadline) {
			g.t.Fatal("the S3 server does not listen: ", err)
		}
	}
}

// Stop kills the process.
func (g *Gateway) Stop() {
	_ = g.process.Process.Kill()
	_ = g.process.Wait() // how it ended does not matter
}

// Environment returns settings of a studio that stores its files in the bucket.
func (g *Gateway) Environment() map[string]string {
	return map[string]string{"R2_ENDPOINT": "http://" + g.Address, "R2_BUCKET": BucketName, "R2_ACCESS_KEY_ID": AccessKey, "R2_SECRET_ACCESS_KEY": SecretKey}
}

// Object returns the path of the file that stores an object.
func (g *Gateway) Object(key string) string {
	return filepath.Join(g.Root, "objects", BucketName, filepath.FromSlash(key))
}

// Put writes an object past the server.
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
