package durable

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"
	"github.com/benbjohnson/litestream"
	"github.com/superfly/ltx"
)

// fenced lets only the holder of the lease upload. Each upload of new transactions creates an object that nobody else
// may have created: two machines that both believe they hold the lease cannot both write the same transaction's number,
// so whoever was acknowledged is in the one history that the bucket keeps.
//
// The first upload of a large studio goes in parts, so that a connection that is swallowed costs one of them. It is the
// object that they become in the end which nobody else may have created, and not every bucket looks: this one has to
// show that it does first. Otherwise all goes in one request.
type fenced struct {
	*client
	lease *lease

	mu     sync.Mutex
	looked bool // whether it is known if the bucket
	fences bool // looks at the condition when parts become an object
}

var errReplaced = errors.New("another machine has written in this one's place")

func (l *lease) guard(from litestream.ReplicaClient) litestream.ReplicaClient {
	return &fenced{client: from.(*client), lease: l}
}

// WriteLTXFile uploads transactions (level 0), or a compaction or snapshot of such as are in the bucket already.
func (f *fenced) WriteLTXFile(ctx context.Context, level int, first, last ltx.TXID, content io.Reader) (*ltx.FileInfo, error) {
	if !f.lease.holds() {
		return nil, errors.New("durable: the lease has run out")
	}
	file, seekable := content.(io.ReadSeeker)
	if level > 0 || !seekable {
		return f.client.WriteLTXFile(ctx, level, first, last, content)
	}
	info, err := f.create(ctx, first, last, file)
	if errors.Is(err, errReplaced) {
		startAnew("this machine was replaced and stops writing")
	}
	return info, err
}

// create uploads a file as Litestream would, unless there is one.
func (f *fenced) create(ctx context.Context, first, last ltx.TXID, file io.ReadSeeker) (*ltx.FileInfo, error) {
	header, _, err := ltx.PeekHeader(file)
	if err != nil {
		return nil, fmt.Errorf("durable: read the header of transaction %s: %w", last, err)
	}
	size, err := file.Seek(0, io.SeekEnd)
	if err != nil {
		return nil, err
	}
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return nil, err
	}
	made := time.UnixMilli(header.Timestamp).UTC()
	key := f.key(0, first, last)
	info := &ltx.FileInfo{Level: 0, MinTXID: first, MaxTXID: last, Size: size, CreatedAt: made}
	if err = f.upload(ctx, info, key, file); err != nil {
		err = f.mine(ctx, key, file, err)
	}
	if err != nil {
		return nil, err
	}
	return info, nil
}

// nobodyElses is the condition that there is no such object.
var nobodyElses = aws.String("*")

func (f *fenced) upload(ctx context.Context, info *ltx.FileInfo, key string, file io.Reader) error {
	inParts := info.Size > partSize
	if inParts {
		var err error
		if inParts, err = f.fencesParts(ctx); err != nil {
			return err
		}
	}
	if !inParts {
		_, err := f.PutObject(ctx, &s3.PutObjectInput{Bucket: &f.name, Key: &key, Body: file, ContentLength: &info.Size, IfNoneMatch: nobodyElses, Metadata: timeOf(info)})
		return err
	}
	head, err := readPart(file)
	if err != nil {
		return err
	}
	_, err = f.writeParts(ctx, info, key, head, file, nobodyElses)
	switch codeOf(err) {
	case "PreconditionFailed", "ConditionalRequestConflict": // these parts become nothing any more
		f.abandon(ctx)
	}
	return err
}

// fencesParts asks the bucket once.
func (f *fenced) fencesParts(ctx context.Context) (bool, error) {
	f.mu.Lock()
	defer f.mu.Unlock()
	if f.looked {
		return f.fences, nil
	}
	fences, err := f.tryParts(ctx)
	f.fences, f.looked = fences, err == nil
	return fences, err
}

// codeOf is the name of the bucket's refusal; empty where it was none.
func codeOf(err error) string {
	if answer := smithy.APIError(nil); errors.As(err, &answer) {
		return answer.ErrorCode()
	}
	return ""
}

// mine looks at the object that was in the way: one with the same content is an earlier try whose answer was lost.
func (f *fenced) mine(ctx context.Context, key string, file io.ReadSeeker, refused error) error {
	if code := codeOf(refused); code != "PreconditionFailed" && code != "NoSuchUpload" {
		return refused
	}
	object, err := f.GetObject(ctx, &s3.GetObjectInput{Bucket: &f.name, Key: &key})
	if err != nil {
		return err
	}
	defer object.Body.Close()
	if _, err := file.Seek(0, io.SeekStart); err != nil {
		return err
	}
	same, err := equal(file, object.Body)
	if err == nil && !same {
		err = errReplaced
	}
	return err
}

func equal(a, b io.Reader) (bool, error) {
	one, other := bufio.NewReader(a), bufio.NewReader(b)
	for {
		x, errX := one.ReadByte()
		y, errY := other.ReadByte()
		switch {
		case errX == io.EOF && errY == io.EOF:
			return true, nil
		case errX == io.EOF || errY == io.EOF:
			return false, nil
		case errX != nil || errY != nil:
			return false, errors.Join(errX, errY)
		case x != y:
			return false, nil
		}
	}
}
