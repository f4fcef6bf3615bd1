package durable

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"net/http"
	"os"
	"strings"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/aws/ratelimit"
	"github.com/aws/aws-sdk-go-v2/aws/retry"
	awsconfig "github.com/aws/aws-sdk-go-v2/config"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/smithy-go"
	"github.com/benbjohnson/litestream"
	"github.com/benbjohnson/litestream/file"
	replicas3 "github.com/benbjohnson/litestream/s3"

	"greenroom/hooks/config"
)

// reachTimeout is how long a bucket may take for its first answer.
const reachTimeout = 10 * time.Second

// openReplica returns Litestream's client for REPLICA_URL. A bucket is asked once, so that an error here means that it
// cannot be reached; a folder is not looked at.
func openReplica(ctx context.Context, c config.Config) (litestream.ReplicaClient, error) {
	if c.ReplicaURL.Scheme == "file" {
		return file.NewReplicaClient(c.ReplicaURL.Path), nil
	}
	b, err := openBucket(ctx, c)
	if err != nil {
		return nil, err
	}
	client := &client{bucket: b, deleter: b.litestreams(c)}
	return client, client.deleter.Init(ctx)
}

// bucket is the S3 bucket and the prefix that REPLICA_URL names.
type bucket struct {
	*s3.Client
	name, prefix, region string
	empty                bool // no object had the prefix when the bucket was opened
}

// openBucket connects to the bucket and lists it once. The region is the URL's ?region=; without it, "auto" is tried
// first and then Litestream's default, because some servers accept only their own region's name.
func openBucket(ctx context.Context, c config.Config) (*bucket, error) {
	// Litestream's client cannot be constructed while AWS_CA_BUNDLE is set. Certificates of one's own go in
	// SSL_CERT_FILE, which Go reads by itself.
	_ = os.Unsetenv("AWS_CA_BUNDLE")
	b := &bucket{name: c.ReplicaURL.Host, prefix: cmp.Or(strings.Trim(c.ReplicaURL.Path, "/"), "greenroom")}
	regions := []string{c.ReplicaURL.Query().Get("region")}
	if regions[0] == "" {
		regions = []string{"auto", replicas3.DefaultRegion}
	}
	ctx, cancel := context.WithTimeout(ctx, reachTimeout)
	defer cancel()
	var errs []error
	for _, b.region = range regions {
		if err := b.connect(ctx, c); err != nil {
			return nil, err
		}
		found, err := b.ListObjectsV2(ctx, &s3.ListObjectsV2Input{Bucket: &b.name, Prefix: aws.String(b.prefix + "/"), MaxKeys: aws.Int32(1)})
		if err == nil {
			b.empty = len(found.Contents) == 0
			return b, nil
		}
		errs = append(errs, fmt.Errorf("durable: the bucket %s: %w", b.name, err))
		if answer := smithy.APIError(nil); !errors.As(err, &answer) { // another region would not be answered either
			break
		}
	}
	return nil, errors.Join(errs...)
}

// A failed request is repeated once, at once and on a new connection, before its error is reported.
const (
	attemptsAtOnce = 2
	betweenThem    = 200 * time.Millisecond // the longest pause
)

func repeater() aws.Retryer {
	return retry.NewStandard(func(o *retry.StandardOptions) {
		o.MaxAttempts, o.MaxBackoff, o.RateLimiter = attemptsAtOnce, betweenThem, ratelimit.None
	})
}

func (b *bucket) connect(ctx context.Context, c config.Config) error {
	options := []func(*awsconfig.LoadOptions) error{awsconfig.WithRegion(b.region), awsconfig.WithRetryer(repeater),
		awsconfig.WithHTTPClient(&http.Client{Transport: transport})}
	if c.ReplicaAccessKeyId != "" {
		options = append(options, awsconfig.WithCredentialsProvider(credentials.NewStaticCredentialsProvider(c.ReplicaAccessKeyId, c.ReplicaSecretAccessKey, "")))
	}
	settings, err := awsconfig.LoadDefaultConfig(ctx, options...)
	if err != nil {
		return fmt.Errorf("durable: set up the bucket: %w", err)
	}
	b.Client = s3.NewFromConfig(settings, func(o *s3.Options) {
		if c.ReplicaEndpoint != nil {
			o.BaseEndpoint, o.UsePathStyle = aws.String(c.ReplicaEndpoint.String()), true
			o.RequestChecksumCalculation = aws.RequestChecksumCalculationWhenRequired
			o.ResponseChecksumValidation = aws.ResponseChecksumValidationWhenRequired
		}
	})
	return nil
}

// litestreams returns Litestream's own client for the same bucket, which does the deletions.
func (b *bucket) litestreams(c config.Config) *replicas3.ReplicaClient {
	client := replicas3.NewReplicaClient()
	client.AccessKeyID, client.SecretAccessKey = c.ReplicaAccessKeyId, c.ReplicaSecretAccessKey
	client.Bucket, client.Path, client.Region = b.name, b.prefix, b.region
	if c.ReplicaEndpoint != nil {
		client.Endpoint, client.ForcePathStyle = c.ReplicaEndpoint.String(), true
	}
	return client
}

// onlyWarnings drops Litestream's records below the level of warnings: it logs each upload.
type onlyWarnings struct{ slog.Handler }

func (h onlyWarnings) Enabled(ctx context.Context, level slog.Level) bool {
	return level >= slog.LevelWarn && h.Handler.Enabled(ctx, level)
}

func (h onlyWarnings) WithAttrs(attrs []slog.Attr) slog.Handler {
	return onlyWarnings{h.Handler.WithAttrs(attrs)}
}

func (h onlyWarnings) WithGroup(name string) slog.Handler {
	return onlyWarnings{h.Handler.WithGroup(name)}
}
