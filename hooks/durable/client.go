package durable

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"log/slog"
	"os"
	"path"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
	"github.com/benbjohnson/litestream"
	replicas3 "github.com/benbjohnson/litestream/s3"
	"github.com/superfly/ltx"
	"golang.org/x/sync/errgroup"
)

// client is the bucket as a litestream.ReplicaClient. Object names, metadata and contents are those of Litestream's own
// client, so either can read what the other wrote. Litestream's waits up to a day for an answer, cannot be given a
// transport with shorter timeouts, and repeats a large upload from its beginning when one part fails.
type client struct {
	*bucket
	deleter *replicas3.ReplicaClient // deletions may be slow, so Litestream's client does them

	mu       sync.Mutex
	unending *parts // a level 0 upload that failed halfway and can be continued; nil when there is none
}

var _ litestream.ReplicaClient = (*client)(nil)

const (
	partSize      = 5 << 20 // the smallest part that S3 accepts
	uploadsAtOnce = 2       // parts of one file; R2 limits concurrent writes
	headsAtOnce   = 16
	deleteTimeout = time.Minute

	// partTimeout is how long one part of a snapshot or a compaction is retried. No request waits for those.
	partTimeout = 10 * time.Minute
	partRetry   = time.Second
)

func (c *client) Type() string                    { return replicas3.ReplicaClientType }
func (c *client) Init(context.Context) error      { return nil }
func (c *client) SetLogger(logger *slog.Logger)   { c.deleter.SetLogger(logger) }
func (c *client) level(level int) string          { return fmt.Sprintf("%s/%04x/", c.prefix, level) }
func (c *client) key(l int, a, z ltx.TXID) string { return c.level(l) + ltx.FormatFilename(a, z) }

// LTXFiles lists the files of a level from the transaction seek on. CreatedAt is the time of the upload; with
// exactTimes it is the time of the transaction, which costs one HEAD request for each file.
func (c *client) LTXFiles(ctx context.Context, level int, seek ltx.TXID, exactTimes bool) (ltx.FileIterator, error) {
	var found []*ltx.FileInfo
	pages := s3.NewListObjectsV2Paginator(c.Client, &s3.ListObjectsV2Input{Bucket: &c.name, Prefix: aws.String(c.level(level))})
	for pages.HasMorePages() {
		page, err := pages.NextPage(ctx)
		if err != nil {
			return nil, fmt.Errorf("durable: list the replica: %w", err)
		}
		for _, object := range page.Contents {
			first, last, err := ltx.ParseFilename(path.Base(*object.Key))
			if err != nil || first < seek {
				continue
			}
			found = append(found, &ltx.FileInfo{Level: level, MinTXID: first, MaxTXID: last, Size: aws.ToInt64(object.Size), CreatedAt: aws.ToTime(object.LastModified).UTC()})
		}
	}
	if exactTimes {
		c.readTimes(ctx, found)
	}
	return ltx.NewFileInfoSliceIterator(found), ctx.Err()
}

// readTimes replaces the files' times by those in the objects' metadata. A file whose metadata cannot be read keeps the
// time of its upload.
func (c *client) readTimes(ctx context.Context, files []*ltx.FileInfo) {
	var group errgroup.Group
	group.SetLimit(headsAtOnce)
	for _, file := range files {
		group.Go(func() error {
			head, err := c.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &c.name, Key: aws.String(c.key(file.Level, file.MinTXID, file.MaxTXID))})
			if err != nil {
				return nil
			}
			if made, err := time.Parse(time.RFC3339Nano, head.Metadata[replicas3.MetadataKeyTimestamp]); err == nil {
				file.CreatedAt = made
			}
			return nil
		})
	}
	_ = group.Wait() // no function of the group returns an error
}

// OpenLTXFile reads size bytes of a file from offset on, or all that follow where size is 0. A missing file is
// os.ErrNotExist.
func (c *client) OpenLTXFile(ctx context.Context, level int, first, last ltx.TXID, offset, size int64) (io.ReadCloser, error) {
	wanted := fmt.Sprintf("bytes=%d-", offset)
	if size > 0 {
		wanted += fmt.Sprint(offset + size - 1)
	}
	object, err := c.GetObject(ctx, &s3.GetObjectInput{Bucket: &c.name, Key: aws.String(c.key(level, first, last)), Range: &wanted})
	if answer := smithy.APIError(nil); errors.As(err, &answer) && answer.ErrorCode() == "NoSuchKey" {
		return nil, os.ErrNotExist
	}
	if err != nil {
		return nil, fmt.Errorf("durable: read the replica: %w", err)
	}
	return object.Body, nil
}

// WriteLTXFile uploads a file of new transactions (level 0), a compaction, or a snapshot, in one request if it is
// smaller than partSize.
func (c *client) WriteLTXFile(ctx context.Context, level int, first, last ltx.TXID, content io.Reader) (*ltx.FileInfo, error) {
	head, err := readPart(content)
	if err != nil {
		return nil, fmt.Errorf("durable: read transaction %s: %w", last, err)
	}
	header, _, err := ltx.PeekHeader(bytes.NewReader(head))
	if err != nil {
		return nil, fmt.Errorf("durable: read the header of transaction %s: %w", last, err)
	}
	info := &ltx.FileInfo{Level: level, MinTXID: first, MaxTXID: last, Size: int64(len(head)), CreatedAt: time.UnixMilli(header.Timestamp).UTC()}
	key := c.key(level, first, last)
	if len(head) < partSize {
		put := func(ctx context.Context) error {
			_, err := c.PutObject(ctx, &s3.PutObjectInput{Bucket: &c.name, Key: &key, Body: bytes.NewReader(head), ContentLength: &info.Size, Metadata: timeOf(info)})
			return err
		}
		return info, c.persist(ctx, level, put)
	}
	info.Size, err = c.writeParts(ctx, info, key, head, content, nil)
	return info, err
}

// readPart reads the next partSize bytes, or fewer at the end.
func readPart(from io.Reader) ([]byte, error) {
	var part bytes.Buffer
	_, err := io.CopyN(&part, from, partSize)
	if errors.Is(err, io.EOF) {
		err = nil
	}
	return part.Bytes(), err
}

func timeOf(info *ltx.FileInfo) map[string]string {
	return map[string]string{replicas3.MetadataKeyTimestamp: info.CreatedAt.Format(time.RFC3339Nano)}
}

// persist retries an upload for up to partTimeout, except at level 0: requests may be waiting for new transactions, so
// their failure is reported at once, and the next round uploads them again.
func (c *client) persist(ctx context.Context, level int, try func(ctx context.Context) error) error {
	for deadline := time.Now().Add(partTimeout); ; {
		err := try(ctx)
		if err == nil || level == 0 || ctx.Err() != nil || time.Now().After(deadline) {
			return err
		}
		select {
		case <-time.After(partRetry):
		case <-ctx.Done():
		}
	}
}

// parts is one multipart upload.
type parts struct {
	key, id string

	mu   sync.Mutex
	done map[int32]string // the ETags of the uploaded parts, by part number
}

// writeParts uploads a file of at least partSize as a multipart upload, head first, and returns its size. ifNoneMatch,
// unless nil, is the condition for the completed object. At level 0 an upload that failed earlier is continued, since
// the file of a transaction never changes.
func (c *client) writeParts(ctx context.Context, info *ltx.FileInfo, key string, head []byte, rest io.Reader, ifNoneMatch *string) (size int64, err error) {
	upload, err := c.begin(ctx, info, key)
	if err != nil {
		return 0, err
	}
	sending, sendingCtx := errgroup.WithContext(ctx)
	sending.SetLimit(uploadsAtOnce)
	part := head
	for number := int32(1); len(part) > 0 && sendingCtx.Err() == nil; number++ {
		size += int64(len(part))
		content := part // the next part is read while this one is sent
		sending.Go(func() error {
			return c.persist(sendingCtx, info.Level, func(ctx context.Context) error { return c.writePart(ctx, upload, number, content) })
		})
		if part, err = readPart(rest); err != nil {
			return size, errors.Join(err, sending.Wait())
		}
	}
	if err := sending.Wait(); err != nil {
		return size, fmt.Errorf("durable: upload %s: %w", path.Base(key), err)
	}
	return size, c.persist(ctx, info.Level, func(ctx context.Context) error { return c.end(ctx, upload, size, ifNoneMatch) })
}

func (c *client) begin(ctx context.Context, info *ltx.FileInfo, key string) (upload *parts, err error) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if info.Level == 0 && c.unending != nil && c.unending.key == key {
		return c.unending, nil
	}
	err = c.persist(ctx, info.Level, func(ctx context.Context) error {
		made, err := c.CreateMultipartUpload(ctx, &s3.CreateMultipartUploadInput{Bucket: &c.name, Key: &key, Metadata: timeOf(info)})
		if err == nil {
			upload = &parts{key: key, id: *made.UploadId, done: map[int32]string{}}
		}
		return err
	})
	if info.Level == 0 && err == nil {
		c.unending = upload
	}
	return upload, err
}

func (c *client) writePart(ctx context.Context, upload *parts, number int32, content []byte) error {
	upload.mu.Lock()
	tag := upload.done[number]
	upload.mu.Unlock()
	if tag != "" {
		return nil
	}
	made, err := c.UploadPart(ctx, &s3.UploadPartInput{Bucket: &c.name, Key: &upload.key, UploadId: &upload.id, PartNumber: &number,
		Body: bytes.NewReader(content), ContentLength: aws.Int64(int64(len(content)))})
	if err != nil {
		c.forgetUnknown(upload, err)
		return err
	}
	upload.mu.Lock()
	defer upload.mu.Unlock()
	upload.done[number] = *made.ETag
	return nil
}

// end completes the upload. When the bucket no longer knows the upload, an earlier request may have completed it and
// its answer was lost: an object of the right size then counts as success. With a condition somebody else may have
// written that object, so the caller has to compare it (see fenced.mine).
func (c *client) end(ctx context.Context, upload *parts, size int64, ifNoneMatch *string) error {
	var all []types.CompletedPart
	for number := int32(1); upload.done[number] != ""; number++ {
		all = append(all, types.CompletedPart{PartNumber: aws.Int32(number), ETag: aws.String(upload.done[number])})
	}
	_, err := c.CompleteMultipartUpload(ctx, &s3.CompleteMultipartUploadInput{Bucket: &c.name, Key: &upload.key, UploadId: &upload.id,
		MultipartUpload: &types.CompletedMultipartUpload{Parts: all}, IfNoneMatch: ifNoneMatch})
	if err == nil {
		c.forget(upload)
		return nil
	}
	if c.forgetUnknown(upload, err) && ifNoneMatch == nil {
		if made, missing := c.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &c.name, Key: &upload.key}); missing == nil && aws.ToInt64(made.ContentLength) == size {
			return nil
		}
	}
	return err
}

// forgetUnknown makes the next attempt begin a new upload if err says that the bucket does not know this one, and
// reports whether it does.
func (c *client) forgetUnknown(upload *parts, err error) bool {
	answer := smithy.APIError(nil)
	unknown := errors.As(err, &answer) && answer.ErrorCode() == "NoSuchUpload"
	if unknown {
		c.forget(upload)
	}
	return unknown
}

// abandon aborts the unfinished upload of transactions, because it can never be completed. If that fails too, the
// bucket's own lifecycle rules remove its parts.
func (c *client) abandon(ctx context.Context) {
	c.mu.Lock()
	upload := c.unending
	c.unending = nil
	c.mu.Unlock()
	if upload != nil {
		_, _ = c.AbortMultipartUpload(ctx, &s3.AbortMultipartUploadInput{Bucket: &c.name, Key: &upload.key, UploadId: &upload.id})
	}
}

func (c *client) forget(upload *parts) {
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.unending == upload {
		c.unending = nil
	}
}

func (c *client) DeleteLTXFiles(ctx context.Context, files []*ltx.FileInfo) error {
	ctx, cancel := context.WithTimeout(ctx, deleteTimeout)
	defer cancel()
	return c.deleter.DeleteLTXFiles(ctx, files)
}

func (c *client) DeleteAll(ctx context.Context) error { return c.deleter.DeleteAll(ctx) }
