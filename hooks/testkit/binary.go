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

// Binary gives a binary that no .env file lies beside: a copy of the one that GREENROOM_BIN names (an absolute path),
// or a new one.
func Binary(t testing.TB) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "greenroom")
	content, err := binary()
	if err == nil {
		// A process that another test starts meanwhile would inherit the open file, and what is open to be written does not run.
		syscall.ForkLock.RLock()
		err = os.WriteFile(path, content, 0o700)
		syscall.ForkLock.RUnlock()
	}
	if err != nil {
		t.Fatal(err)
	}
	return path
}

// binary is what is tested, built once for the test binary.
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
