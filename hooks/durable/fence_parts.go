package durable

import (
	"context"
	"errors"
	"net/http"
	"strings"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	smithyhttp "github.com/aws/smithy-go/transport/http"
)

// triedAt names the object that tryParts writes and removes.
const triedAt = "conditions.txt"

// tryParts reports whether the bucket checks If-None-Match when it completes a multipart upload. R2, AWS, MinIO, and
// Ceph since its releases of 2025 do. A server that checks it for single requests only would let one machine overwrite
// another's transactions.
func (b *bucket) tryParts(ctx context.Context) (refuses bool, err error) {
	key, content := b.prefix+"/"+triedAt, "Whether this bucket looks before it makes an object of parts."
	if _, err := b.PutObject(ctx, &s3.PutObjectInput{Bucket: &b.name, Key: &key, Body: strings.NewReader(content)}); err != nil {
		return false, err
	}
	defer func() { _, _ = b.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &b.name, Key: &key}) }() // an object that stays does no harm
	err = b.makeOfParts(ctx, key, content)
	response := (*smithyhttp.ResponseError)(nil)
	switch {
	case err == nil:
		return false, nil
	case !errors.As(err, &response), response.HTTPStatusCode() >= http.StatusInternalServerError && response.HTTPStatusCode() != http.StatusNotImplemented:
		return false, err // not an answer, so it is asked again the next time
	}
	return codeOf(err) == "PreconditionFailed", nil
}

// makeOfParts writes an object by a multipart upload of one part, on the condition that it does not exist.
func (b *bucket) makeOfParts(ctx context.Context, key, content string) error {
	made, err := b.CreateMultipartUpload(ctx, &s3.CreateMultipartUploadInput{Bucket: &b.name, Key: &key})
	if err != nil {
		return err
	}
	part, err := b.UploadPart(ctx, &s3.UploadPartInput{Bucket: &b.name, Key: &key, UploadId: made.UploadId, PartNumber: aws.Int32(1), Body: strings.NewReader(content)})
	if err == nil {
		all := &types.CompletedMultipartUpload{Parts: []types.CompletedPart{{PartNumber: aws.Int32(1), ETag: part.ETag}}}
		_, err = b.CompleteMultipartUpload(ctx, &s3.CompleteMultipartUploadInput{Bucket: &b.name, Key: &key, UploadId: made.UploadId, MultipartUpload: all, IfNoneMatch: nobodyElses})
	}
	if err != nil { // if this fails too, the bucket's lifecycle rules remove the part
		_, _ = b.AbortMultipartUpload(ctx, &s3.AbortMultipartUploadInput{Bucket: &b.name, Key: &key, UploadId: made.UploadId})
	}
	return err
}
