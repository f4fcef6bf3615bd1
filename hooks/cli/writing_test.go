package cli

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/pocketbase/pocketbase/core"
)

// Words that could not be saved are kept in a file or, where the disk takes none either, in the error.
func TestWordsThatCouldNotBeSavedAreKept(t *testing.T) {
	failure := errors.New("the disk is full")
	dir := t.TempDir()
	said := writing{"Long notes", core.NewBaseApp(core.BaseAppConfig{DataDir: dir})}.rescue(failure)
	kept, err := filepath.Glob(filepath.Join(dir, "unsaved-*.md"))
	if err != nil || len(kept) != 1 || !errors.Is(said, failure) || !strings.HasSuffix(said.Error(), kept[0]) {
		t.Fatalf("%v, and %v is kept, %v", said, kept, err)
	}
	if content, err := os.ReadFile(kept[0]); err != nil || string(content) != "Long notes\n" {
		t.Errorf("%q, %v", content, err)
	}
	said = writing{"Long notes", core.NewBaseApp(core.BaseAppConfig{DataDir: filepath.Join(dir, "nowhere")})}.rescue(failure)
	if !errors.Is(said, failure) || !strings.HasSuffix(said.Error(), "copy it from here:\nLong notes") {
		t.Errorf("it says %v", said)
	}
}
