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

// triedAt is the name of the object by which a bucket is tried.
const triedAt = "conditions.txt"

// tryParts tells whether the bucket refuses to make an object of parts where there is one and the condition says that
// there must not be. R2, AWS and MinIO do, and Ceph since its release of 2025; one that knows conditions for whole
// objects alone would let one machine write over another's transactions.
func (b *bucket) tryParts(ctx context.Context) (refuses bool, err error) {
	key, content := b.prefix+"/"+triedAt, "Whether this bucket looks before it makes an object of parts."
	if _, err := b.PutObject(ctx, &s3.PutObjectInput{Bucket: &b.name, Key: &key, Body: strings.NewReader(content)}); err != nil {
		return false, err
	}
	defer func() { _, _ = b.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &b.name, Key: &key}) }() // one that stays is in nobody's way
	err = b.makeOfParts(ctx, key, content)
	response := (*smithyhttp.ResponseError)(nil)
	switch {
	case err == nil:
		return false, nil
	case !errors.As(err, &response), response.HTTPStatusCode() >= http.StatusInternalServerError && response.HTTPStatusCode() != http.StatusNotImplemented:
		return false, err // it may well answer the next time
	}
	return codeOf(err) == "PreconditionFailed", nil
}

// makeOfParts makes an object of one part, unless there is one.
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
	if err != nil { // what this leaves goes by the bucket's own rules
		_, _ = b.AbortMultipartUpload(ctx, &s3.AbortMultipartUploadInput{Bucket: &b.name, Key: &key, UploadId: made.UploadId})
	}
	return err
}
