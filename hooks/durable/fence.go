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

// fenced is the client of a machine that shares the replica: it uploads only while this machine holds the lease. Each
// upload of new transactions (level 0) creates an object on the condition that none exists (a fencing token, kept by
// the bucket). Two machines that both believe they hold the lease therefore cannot both write the same transaction
// number, and whatever either acknowledged is in the bucket's one history.
//
// The first upload of a large studio goes in parts, so that a stalled connection loses one part rather than all. The
// condition then belongs to the request that completes the parts, and not every bucket checks it there: the bucket is
// tried first, and where it does not, the file goes in one request.
type fenced struct {
	*client
	lease *lease

	mu     sync.Mutex
	looked bool // whether fences is known
	fences bool // whether the bucket checks the condition when it completes a multipart upload
}

var errReplaced = errors.New("another machine has written in this one's place")

func (l *lease) guard(from litestream.ReplicaClient) litestream.ReplicaClient {
	return &fenced{client: from.(*client), lease: l}
}

// WriteLTXFile uploads like client's, but only while the lease is held, and never over a level 0 file that another
// machine wrote: finding one there, this process restarts as a standby.
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

// create uploads a level 0 file that must not exist yet. A file of the same content counts as ours; another is
// errReplaced.
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

// nobodyElses is the value of If-None-Match by which a write fails if the object exists.
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
	case "PreconditionFailed", "ConditionalRequestConflict": // a multipart upload whose condition failed can never be completed
		f.abandon(ctx)
	}
	return err
}

// fencesParts asks the bucket once whether it checks conditions of multipart uploads, and remembers the answer.
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

// codeOf returns the error code of S3's answer, or "" where err is none.
func codeOf(err error) string {
	if answer := smithy.APIError(nil); errors.As(err, &answer) {
		return answer.ErrorCode()
	}
	return ""
}

// mine decides whether an object that was in the way is this machine's: one with the same content is an earlier upload
// whose answer was lost, and one with another content means errReplaced.
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
