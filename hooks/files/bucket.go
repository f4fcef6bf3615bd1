package files

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
	"github.com/aws/smithy-go"
	"github.com/pocketbase/pocketbase/core"
)

// bucket stores files in a bucket of Cloudflare R2 or another S3 server.
type bucket struct {
	name string
	s3   *s3.Client
	sign *s3.PresignClient
}

// longestPause limits the pause between retries, because a person waits for the answer and the browser retries as well.
const longestPause = 300 * time.Millisecond

// connections is the HTTP client of all requests to buckets. The timeout allows for completing a large multipart
// upload; everything else is quick.
var connections = &http.Client{Timeout: 2 * time.Minute}

func newBucket(c core.S3Config) bucket {
	client := s3.New(s3.Options{
		Region:                     cmp.Or(c.Region, "auto"),
		BaseEndpoint:               aws.String(c.Endpoint),
		UsePathStyle:               c.ForcePathStyle,
		Credentials:                credentials.NewStaticCredentialsProvider(c.AccessKey, c.Secret, ""),
		HTTPClient:                 connections,
		Retryer:                    retry.NewStandard(func(o *retry.StandardOptions) { o.MaxBackoff = longestPause }),
		RequestChecksumCalculation: aws.RequestChecksumCalculationWhenRequired, // R2 supports only some checksums
		ResponseChecksumValidation: aws.ResponseChecksumValidationWhenRequired,
	})
	return bucket{c.Bucket, client, s3.NewPresignClient(client)}
}

func (b bucket) start(ctx context.Context, u *upload) error {
	out, err := b.s3.CreateMultipartUpload(ctx, &s3.CreateMultipartUploadInput{
		Bucket: &b.name, Key: &u.Key, ContentType: aws.String(thumbnailType(u.Filename))})
	if err != nil {
		return fmt.Errorf("files: begin %s: %w", u.Key, err)
	}
	u.Multipart = aws.ToString(out.UploadId)
	return nil
}

func (b bucket) arrived(ctx context.Context, u upload) (p progress, err error) {
	parts, err := b.parts(ctx, u)
	for _, listed := range parts {
		p.parts = append(p.parts, partOf(listed))
		p.bytes += aws.ToInt64(listed.Size)
	}
	return p, err
}

func partOf(p types.Part) part {
	return part{int(aws.ToInt32(p.PartNumber)), strings.Trim(aws.ToString(p.ETag), `"`)}
}

// parts lists the parts that have arrived. One listing holds them all, since an upload has at most maxParts.
func (b bucket) parts(ctx context.Context, u upload) ([]types.Part, error) {
	out, err := b.s3.ListParts(ctx, &s3.ListPartsInput{Bucket: &b.name, Key: &u.Key, UploadId: &u.Multipart, MaxParts: aws.Int32(maxParts)})
	if isMissing(err) {
		return nil, errGone
	}
	if err != nil {
		return nil, fmt.Errorf("files: list parts of %s: %w", u.Key, err)
	}
	return out.Parts, nil
}

func (b bucket) partLink(ctx context.Context, u upload, number int, valid time.Duration) (string, error) {
	signed, err := b.sign.PresignUploadPart(ctx, &s3.UploadPartInput{Bucket: &b.name, Key: &u.Key, UploadId: &u.Multipart,
		PartNumber: aws.Int32(int32(number)), ContentLength: aws.Int64(u.partSize(number))}, s3.WithPresignExpires(valid))
	if err != nil {
		return "", fmt.Errorf("files: sign part %d of %s: %w", number, u.Key, err)
	}
	return signed.URL, nil
}

func (b bucket) finish(ctx context.Context, u upload, sent []part) error {
	size, _, err := b.stat(ctx, u.Key)
	if err == nil && size == u.SizeBytes {
		return nil // an earlier call completed it
	}
	parts, err := b.parts(ctx, u)
	if err != nil {
		return err
	}
	whole := &types.CompletedMultipartUpload{}
	for i, listed := range parts {
		if p := partOf(listed); p.Number != i+1 || aws.ToInt64(listed.Size) != u.partSize(i+1) || sent != nil && !slices.Contains(sent, p) {
			return errIncomplete
		}
		whole.Parts = append(whole.Parts, types.CompletedPart{ETag: listed.ETag, PartNumber: listed.PartNumber})
	}
	if len(whole.Parts) != u.parts() {
		return errIncomplete
	}
	_, err = b.s3.CompleteMultipartUpload(ctx, &s3.CompleteMultipartUploadInput{Bucket: &b.name, Key: &u.Key, UploadId: &u.Multipart, MultipartUpload: whole})
	if hasCode(err, "InvalidPart") { // the sender replaced a part after it was listed
		return errIncomplete
	}
	if err != nil {
		return fmt.Errorf("files: complete %s: %w", u.Key, err)
	}
	return nil
}

func (b bucket) drop(ctx context.Context, u upload) error {
	if u.Multipart != "" {
		_, err := b.s3.AbortMultipartUpload(ctx, &s3.AbortMultipartUploadInput{Bucket: &b.name, Key: &u.Key, UploadId: &u.Multipart})
		if err != nil && !isMissing(err) {
			return fmt.Errorf("files: abort %s: %w", u.Key, err)
		}
	}
	_, err := b.s3.DeleteObject(ctx, &s3.DeleteObjectInput{Bucket: &b.name, Key: &u.Key})
	if err != nil && !isMissing(err) {
		return fmt.Errorf("files: delete %s: %w", u.Key, err)
	}
	return nil
}

func (b bucket) stat(ctx context.Context, key string) (size int64, modified time.Time, err error) {
	out, err := b.s3.HeadObject(ctx, &s3.HeadObjectInput{Bucket: &b.name, Key: &key})
	if err != nil {
		return 0, time.Time{}, fmt.Errorf("files: look at %s: %w", key, err)
	}
	return aws.ToInt64(out.ContentLength), aws.ToTime(out.LastModified), nil
}

func (b bucket) size(ctx context.Context, key string) (int64, error) {
	size, _, err := b.stat(ctx, key)
	return size, err
}

func (b bucket) read(ctx context.Context, key string) readAt {
	return func(offset int64) ([]byte, error) {
		out, err := b.s3.GetObject(ctx, &s3.GetObjectInput{Bucket: &b.name, Key: &key,
			Range: aws.String(fmt.Sprintf("bytes=%d-%d", offset, offset+firstBytes-1))})
		if hasCode(err, "InvalidRange") {
			return nil, nil
		}
		if err != nil {
			return nil, fmt.Errorf("files: read %s: %w", key, err)
		}
		defer out.Body.Close()
		return readFirst(out.Body)
	}
}

func (b bucket) open(ctx context.Context, key string) (io.ReadCloser, error) {
	out, err := b.s3.GetObject(ctx, &s3.GetObjectInput{Bucket: &b.name, Key: &key})
	if err != nil {
		return nil, fmt.Errorf("files: read %s: %w", key, err)
	}
	return out.Body, nil
}

// link returns a presigned URL of one object, with the content type and disposition of as.
func (b bucket) link(ctx context.Context, key string, as served, valid time.Duration) (string, error) {
	signed, err := b.sign.PresignGetObject(ctx, &s3.GetObjectInput{Bucket: &b.name, Key: &key, ResponseContentType: &as.contentType,
		ResponseContentDisposition: &as.disposition, ResponseCacheControl: aws.String(cacheControl)}, s3.WithPresignExpires(valid))
	if err != nil {
		return "", fmt.Errorf("files: sign %s: %w", key, err)
	}
	return signed.URL, nil
}

// list returns one page of the keys with a prefix that come after the key after.
func (b bucket) list(ctx context.Context, prefix, after string) (*s3.ListObjectsV2Output, error) {
	out, err := b.s3.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: &b.name, Prefix: &prefix, StartAfter: &after})
	if err != nil {
		return nil, fmt.Errorf("files: list %s: %w", prefix, err)
	}
	return out, nil
}

func (b bucket) each(ctx context.Context, collectionId string, do func(object) error) error {
	for after := ""; ; {
		page, err := b.list(ctx, collectionId+"/", after)
		if err != nil {
			return err
		}
		for _, o := range page.Contents {
			after = aws.ToString(o.Key)
			if err := do(object{after, aws.ToInt64(o.Size), aws.ToTime(o.LastModified)}); err != nil {
				return err
			}
		}
		if !aws.ToBool(page.IsTruncated) || len(page.Contents) == 0 {
			return nil
		}
	}
}

// remove lists keys in order, and skips from one record to the next where only other records lie between. A whole
// project then takes two requests for each thousand objects, however many other objects there are.
func (b bucket) remove(ctx context.Context, collectionId string, records []string) error {
	doomed := slices.Sorted(slices.Values(records))
	for after := ""; len(doomed) > 0; {
		prefix := collectionId + "/"
		after = max(after, prefix+doomed[0]+"/")
		if len(doomed) == 1 {
			prefix += doomed[0] + "/"
		}
		page, err := b.list(ctx, prefix, after)
		if err != nil {
			return err
		}
		var keys []string
		for _, o := range page.Contents {
			after = aws.ToString(o.Key)
			record := recordOf(after)
			for len(doomed) > 0 && doomed[0] < record {
				doomed = doomed[1:]
			}
			if len(doomed) > 0 && doomed[0] == record {
				keys = append(keys, aws.ToString(o.Key))
			}
		}
		if err := b.removeKeys(ctx, keys); err != nil || !aws.ToBool(page.IsTruncated) || len(page.Contents) == 0 {
			return err
		}
	}
	return nil
}

func (b bucket) clear(ctx context.Context, collectionId string) error {
	for {
		page, err := b.list(ctx, collectionId+"/", "")
		if err != nil {
			return err
		}
		var keys []string
		for _, o := range page.Contents {
			keys = append(keys, aws.ToString(o.Key))
		}
		if err := b.removeKeys(ctx, keys); err != nil || !aws.ToBool(page.IsTruncated) {
			return err
		}
	}
}

// recordOf returns the record id in a key, <collection>/<record>/<name>.
func recordOf(key string) string {
	_, rest, _ := strings.Cut(key, "/")
	record, _, _ := strings.Cut(rest, "/")
	return record
}

// keysPerRequest is S3's limit for DeleteObjects.
const keysPerRequest = 1000

func (b bucket) removeKeys(ctx context.Context, keys []string) error {
	for some := range slices.Chunk(keys, keysPerRequest) {
		objects := make([]types.ObjectIdentifier, len(some))
		for i := range some {
			objects[i].Key = &some[i]
		}
		out, err := b.s3.DeleteObjects(ctx, &s3.DeleteObjectsInput{Bucket: &b.name, Delete: &types.Delete{Objects: objects, Quiet: aws.Bool(true)}})
		if err != nil {
			return fmt.Errorf("files: delete %d objects: %w", len(some), err)
		}
		if len(out.Errors) > 0 {
			first := out.Errors[0]
			return fmt.Errorf("files: delete %s and %d more: %s", aws.ToString(first.Key), len(out.Errors)-1, aws.ToString(first.Message))
		}
	}
	return nil
}

func (b bucket) abandoned(ctx context.Context, collectionId string, before time.Time, known map[string]bool) error {
	input := &s3.ListMultipartUploadsInput{Bucket: &b.name, Prefix: aws.String(collectionId + "/")}
	for {
		page, err := b.s3.ListMultipartUploads(ctx, input)
		if err != nil {
			return fmt.Errorf("files: list uploads: %w", err)
		}
		for _, m := range page.Uploads {
			if known[recordOf(aws.ToString(m.Key))] || !aws.ToTime(m.Initiated).Before(before) {
				continue
			}
			_, err := b.s3.AbortMultipartUpload(ctx, &s3.AbortMultipartUploadInput{Bucket: &b.name, Key: m.Key, UploadId: m.UploadId})
			if err != nil && !isMissing(err) {
				return fmt.Errorf("files: abort %s: %w", aws.ToString(m.Key), err)
			}
		}
		if !aws.ToBool(page.IsTruncated) {
			return nil
		}
		input.KeyMarker, input.UploadIdMarker = page.NextKeyMarker, page.NextUploadIdMarker
	}
}

// isMissing reports whether the error says that the object or upload does not exist.
func isMissing(err error) bool { return hasCode(err, "NoSuchUpload", "NoSuchKey", "NotFound") }

// hasCode reports whether the error is an answer of the bucket with one of the codes.
func hasCode(err error, codes ...string) bool {
	var said smithy.APIError
	return errors.As(err, &said) && slices.Contains(codes, said.ErrorCode())
}
