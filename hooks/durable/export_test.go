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
	"github.com/pocketbase/pocketbase/core"
	"github.com/superfly/ltx"

	"greenroom/hooks/config"
)

// StallTransport is the HTTP transport to a bucket, with a shorter timeout for tests.
func StallTransport(wait time.Duration) http.RoundTripper { return newStallTransport(wait) }

// AnswerTimeout is how long the transport waits for an answer at the moment.
func AnswerTimeout(p http.RoundTripper) time.Duration { return p.(*stallTransport).now() }

// Peeked returns the position of a replica in a folder as peek reads it, the position of a restored copy, and how many
// bytes were read for each.
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

// ErrReplaced is the error of a machine whose transaction number another machine has already uploaded.
var ErrReplaced = errReplaced

// Fenced returns a function by which a machine that holds the lease writes the first transaction to the replica.
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

// Transaction returns a file of Litestream's with a valid header and random content.
func Transaction(t *testing.T, seed byte, size int) []byte {
	t.Helper()
	head, err := (&ltx.Header{Version: ltx.Version, PageSize: 4096, Commit: 1, MinTXID: 1, MaxTXID: 1, Timestamp: 1_700_000_000_000}).MarshalBinary()
	if err != nil {
		t.Fatal(err)
	}
	content := make([]byte, size)
	_, _ = rand.NewChaCha8([32]byte{seed}).Read(content) // reading from ChaCha8 never fails
	copy(content, head)
	return content
}

// counting is a replica client that counts the bytes read through it.
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

// Replicate binds the replication of an app as Register does, and returns what a stop calls.
func Replicate(app core.App, c config.Config) (flush func(ctx context.Context) error) {
	s := &service{app: app, config: c}
	s.replicate()
	return s.replica.flush
}

// ReadLease reads the lease of a bucket.
func ReadLease(t *testing.T, environment map[string]string) error {
	t.Helper()
	c, err := config.Parse(environment)
	if err != nil {
		t.Fatal(err)
	}
	b, err := openBucket(t.Context(), c)
	if err != nil {
		t.Fatal(err)
	}
	_, _, err = b.readLease(t.Context())
	return err
}
