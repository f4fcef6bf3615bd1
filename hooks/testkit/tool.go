package testkit

import (
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"sync"
	"testing"
)

var building sync.Mutex

// Tool gives the path of a program that tests run, such as a real S3 server: built once from its Go module, at a fixed
// version, and kept in the user's cache.
func Tool(t testing.TB, pkg, version string) string {
	t.Helper()
	return tool(t, pkg, version, []string{"install", pkg + "@" + version})
}

// ToolAsDependency is Tool for a program whose go.mod replaces modules, which go install refuses.
func ToolAsDependency(t testing.TB, pkg, version string) string {
	t.Helper()
	return tool(t, pkg, version, []string{"mod", "init", "tool"}, []string{"get", pkg + "@" + version}, []string{"build", "-o", path.Base(pkg), pkg})
}

// tool runs go commands that leave the program in the folder in which they run.
func tool(t testing.TB, pkg, version string, commands ...[]string) string {
	t.Helper()
	building.Lock()
	defer building.Unlock()
	cache, err := os.UserCacheDir()
	if err != nil {
		t.Fatal(err)
	}
	dir := filepath.Join(cache, "greenroom-tools", version)
	program := filepath.Join(dir, path.Base(pkg))
	if _, err := os.Stat(program); err == nil {
		return program
	}
	// In a folder of its own first: other test binaries build at the same time.
	fresh, err := os.MkdirTemp(cache, "greenroom-tool-")
	if err != nil {
		t.Fatal(err)
	}
	defer os.RemoveAll(fresh)
	for _, arguments := range commands {
		command := exec.Command("go", arguments...)
		command.Env = append(os.Environ(), "GOBIN="+fresh, "CGO_ENABLED=0", "GOFLAGS=-trimpath", "GOTOOLCHAIN=auto")
		command.Dir = fresh
		if said, err := command.CombinedOutput(); err != nil {
			t.Fatalf("build %s: %v\n%s", pkg, err, said)
		}
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.Rename(filepath.Join(fresh, path.Base(pkg)), program); err != nil {
		t.Fatal(err)
	}
	return program
}
