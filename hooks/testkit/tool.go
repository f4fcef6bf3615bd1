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

// Tool returns the path of a program that tests run, such as an S3 server. It is built once from its Go module at a
// fixed version, and stored in the user's cache.
func Tool(t testing.TB, pkg, version string) string {
	t.Helper()
	return tool(t, pkg, version, []string{"install", pkg + "@" + version})
}

// ToolAsDependency is Tool for a program whose go.mod has replace directives, which go install refuses.
func ToolAsDependency(t testing.TB, pkg, version string) string {
	t.Helper()
	return tool(t, pkg, version, []string{"mod", "init", "tool"}, []string{"get", pkg + "@" + version}, []string{"build", "-o", path.Base(pkg), pkg})
}

// tool runs the go commands in a folder in which they leave the program.
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
	// The program is built in a temporary folder and renamed, because other test programs may build it at the same time.
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
