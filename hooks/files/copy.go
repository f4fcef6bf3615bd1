package files

import (
	"context"
	"errors"
	"fmt"
	"net/url"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/pocketbase/pocketbase/core"
)

// ErrNoObject says that the bucket has no object with the key.
var ErrNoObject = errors.New("there is no such object")

const (
	// maxCopyBytes is how much S3 copies at once: 5 GiB. R2 has the same bound.
	maxCopyBytes = 5 << 30
	// copyPartBytes is how much of a larger object goes in one part.
	copyPartBytes = 1 << 30
)

// Bin is the studio's bucket, for what is moved inside it.
type Bin struct{ bucket }

// OpenBucket gives the bucket that the studio keeps its files in.
func OpenBucket(app core.App) (Bin, error) {
	c := app.Settings().S3
	if !c.Enabled {
		return Bin{}, errors.New("files: no bucket is configured")
	}
	return Bin{newBucket(c)}, nil
}

// Copy copies an object inside the bucket, unless a copy of its size is there already, and gives its size in bytes.
// A copy of another size is an error.
func (b Bin) Copy(ctx context.Context, from, to string) (sizeBytes int64, err error) {
	sizeBytes, _, err = b.stat(ctx, from)
	if isMissing(err) {
		return 0, ErrNoObject
	}
	if err != nil {
		return 0, err
	}
	if size, _, err := b.stat(ctx, to); err == nil && size == sizeBytes {
		return sizeBytes, nil
	}
	source := b.name + "/" + escapedKey(from)
	if sizeBytes <= maxCopyBytes {
		_, err = b.s3.CopyObject(ctx, &s3.CopyObjectInput{Bucket: &b.name, Key: &to, CopySource: &source})
	} else {
		err = b.copyParts(ctx, source, to, sizeBytes, copyPartBytes)
	}
	if err != nil {
		return 0, fmt.Errorf("files: copy %s: %w", from, err)
	}
	switch size, _, err := b.stat(ctx, to); {
	case err != nil:
		return 0, err
	case size != sizeBytes:
		return 0, fmt.Errorf("files: the copy of %s has %d bytes of %d", from, size, sizeBytes)
	}
	return sizeBytes, nil
}

// copyParts copies a large object part by part; what it began is taken back where it fails.
func (b Bin) copyParts(ctx context.Context, source, to string, sizeBytes, partBytes int64) (err error) {
	begun, err := b.s3.CreateMultipartUpload(ctx, &s3.CreateMultipartUploadInput{Bucket: &b.name, Key: &to})
	if err != nil {
		return err
	}
	defer func() {
		if err != nil {
			_, _ = b.s3.AbortMultipartUpload(context.WithoutCancel(ctx), &s3.AbortMultipartUploadInput{Bucket: &b.name, Key: &to, UploadId: begun.UploadId})
		}
	}()
	whole := &types.CompletedMultipartUpload{}
	for start := int64(0); start < sizeBytes; start += partBytes {
		number := aws.Int32(int32(start/partBytes) + 1)
		piece, err := b.s3.UploadPartCopy(ctx, &s3.UploadPartCopyInput{Bucket: &b.name, Key: &to, UploadId: begun.UploadId, PartNumber: number, CopySource: &source,
			CopySourceRange: aws.String(fmt.Sprintf("bytes=%d-%d", start, min(start+partBytes, sizeBytes)-1))})
		if err != nil {
			return err
		}
		whole.Parts = append(whole.Parts, types.CompletedPart{ETag: piece.CopyPartResult.ETag, PartNumber: number})
	}
	_, err = b.s3.CompleteMultipartUpload(ctx, &s3.CompleteMultipartUploadInput{Bucket: &b.name, Key: &to, UploadId: begun.UploadId, MultipartUpload: whole})
	return err
}

// escapedKey is a key as a header takes it, its slashes left alone.
func escapedKey(key string) string {
	parts := strings.Split(key, "/")
	for i, part := range parts {
		parts[i] = url.PathEscape(part)
	}
	return strings.Join(parts, "/")
}
