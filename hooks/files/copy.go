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
	// maxCopyBytes is the limit of one copy request of S3 and R2, 5 GiB.
	maxCopyBytes = 5 << 30
	// copyPartBytes is the size of a part in the copy of a larger object.
	copyPartBytes = 1 << 30
)

// Copier is the studio's bucket, for copying objects within it.
type Copier struct{ bucket }

// OpenCopier returns the bucket in which the studio stores its files, or an error where it stores them on the disk.
func OpenCopier(app core.App) (Copier, error) {
	c := app.Settings().S3
	if !c.Enabled {
		return Copier{}, errors.New("files: no bucket is configured")
	}
	return Copier{newBucket(c)}, nil
}

// Copy copies an object within the bucket, unless the target exists with the same size, and returns the size in bytes.
// A missing source is ErrNoObject.
func (b Copier) Copy(ctx context.Context, from, to string) (sizeBytes int64, err error) {
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

// copyParts copies an object in parts, and aborts the multipart upload if a part fails.
func (b Copier) copyParts(ctx context.Context, source, to string, sizeBytes, partBytes int64) (err error) {
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

// escapedKey escapes a key for the CopySource header, except its slashes.
func escapedKey(key string) string {
	parts := strings.Split(key, "/")
	for i, part := range parts {
		parts[i] = url.PathEscape(part)
	}
	return strings.Join(parts, "/")
}
