package testkit

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
)

// Binary returns the path of a greenroom binary without a .env file beside it: a copy of GREENROOM_BIN (an absolute
// path) or a new build.
func Binary(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "greenroom")
	content, err := binary()
	if err == nil {
		// A process that another test starts meanwhile would inherit the open file, and a file that is open for writing
		// cannot be executed.
		syscall.ForkLock.RLock()
		err = os.WriteFile(path, content, 0o700)
		syscall.ForkLock.RUnlock()
	}
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// binary is built once for a test program.
var binary = sync.OnceValues(func() ([]byte, error) {
	if given := os.Getenv("GREENROOM_BIN"); given != "" {
		return os.ReadFile(given)
	}
	dir, err := os.MkdirTemp("", "greenroom-built")
	if err != nil {
		return nil, err
	}
	defer os.RemoveAll(dir)
	command := exec.Command("go", "build", "-o", filepath.Join(dir, "greenroom"), "greenroom")
	command.Env = append(os.Environ(), "CGO_ENABLED=0")
	if said, err := command.CombinedOutput(); err != nil {
		return nil, fmt.Errorf("build greenroom: %w\n%s", err, said)
	}
	return os.ReadFile(filepath.Join(dir, "greenroom"))
})
