package files_test

import (
	"bytes"
	"context"
	"errors"
	"os"
	"testing"

	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/files"
	"greenroom/hooks/testkit"
)

// An object beyond the limit of one request is copied in parts.
func TestCopyInParts(t *testing.T) {
	g := testkit.NewGateway(t)
	e := g.Environment()
	b := files.NewCopier(core.S3Config{Enabled: true, Endpoint: e["R2_ENDPOINT"], Bucket: e["R2_BUCKET"], Region: "auto", AccessKey: e["R2_ACCESS_KEY_ID"],
		Secret: e["R2_SECRET_ACCESS_KEY"], ForcePathStyle: true})
	const from, to = "old/a name with ü & space.wav", "new/copy.wav"
	content := bytes.Repeat([]byte("sound "), 2<<20)
	g.Put(t, from, string(content))
	if err := b.CopyParts(context.Background(), from, to, int64(len(content)), 5<<20); err != nil {
		t.Fatal(err)
	}
	if copied, err := os.ReadFile(g.Object(to)); err != nil || !bytes.Equal(copied, content) {
		t.Errorf("%d bytes of %d, %v", len(copied), len(content), err)
	}
	if _, err := b.Copy(context.Background(), "old/nothing", to); !errors.Is(err, files.ErrNoObject) {
		t.Errorf("a missing object: %v", err)
	}
}
