package durable

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"math/rand/v2"
	"net/http"
	"path/filepath"
	"sync/atomic"
	"testing"
	"time"

	"github.com/benbjohnson/litestream"
	"github.com/benbjohnson/litestream/file"
	"github.com/superfly/ltx"

	"greenroom/hooks/config"
)

// Patience is the way to a bucket, for tests that have less time.
func Patience(wait time.Duration) http.RoundTripper { return newPatience(wait) }

// PatienceNow is what an answer may take now.
func PatienceNow(p http.RoundTripper) time.Duration { return p.(*patience).now() }

// Peeked is the position of a replica in a folder, and of its restored copy, with the bytes that were read for each.
func Peeked(t *testing.T, folder string) (peeked, restored string, bytesPeeked, bytesRestored int64) {
	t.Helper()
	counts := &counting{ReplicaClient: file.NewReplicaClient(folder)}
	at, err := peek(context.Background(), counts)
	if err != nil {
		t.Fatal(err)
	}
	bytesPeeked = counts.read.Swap(0)
	whole, err := fetch(context.Background(), counts, filepath.Join(t.TempDir(), dataFile), time.Time{})
	if err != nil {
		t.Fatal(err)
	}
	return fmt.Sprint(*at), fmt.Sprint(*whole.position), bytesPeeked, counts.read.Load()
}

// ErrReplaced is what a machine is told that was replaced.
var ErrReplaced = errReplaced

// Fenced gives the way by which a machine with the lease writes the first transaction to the replica.
func Fenced(t *testing.T, environment map[string]string) (write func(content []byte) error) {
	t.Helper()
	c, err := config.Parse(environment)
	if err != nil {
		t.Fatal(err)
	}
	replica, err := openReplica(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	f := (*lease)(nil).guard(replica).(*fenced)
	return func(content []byte) error {
		_, err := f.create(t.Context(), 1, 1, bytes.NewReader(content))
		return err
	}
}

// Transaction is a file of Litestream's with a head as it should be, and some content.
func Transaction(t *testing.T, seed byte, size int) []byte {
	t.Helper()
	head, err := (&ltx.Header{Version: ltx.Version, PageSize: 4096, Commit: 1, MinTXID: 1, MaxTXID: 1, Timestamp: 1_700_000_000_000}).MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	content := make([]byte, size)
	_, _ = rand.NewChaCha8([32]byte{seed}).Read(content) // it never fails
	copy(content, head)
	return content
}

// counting counts what is read from a replica.
type counting struct {
	litestream.ReplicaClient
	read atomic.Int64
}

func (c *counting) OpenLTXFile(ctx context.Context, level int, first, last ltx.TXID, offset, size int64) (io.ReadCloser, error) {
	content, err := c.ReplicaClient.OpenLTXFile(ctx, level, first, last, offset, size)
	if err != nil {
		return nil, err
	}
	return struct {
		io.Reader
		io.Closer
	}{io.TeeReader(content, c), content}, nil
}

func (c *counting) Write(p []byte) (int, error) {
	c.read.Add(int64(len(p)))
	return len(p), nil
}
