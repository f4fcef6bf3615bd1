package files_test

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/testkit"
)

// place is where the studio of a test stores its files: a bucket of a real S3 server, or the data directory.
type place struct {
	environment map[string]string
	gateway     *gateway // nil for the disk
}

// everywhere runs a test with a bucket and with the disk.
func everywhere(t *testing.T, test func(t *testing.T, p *place)) {
	t.Run("disk", func(t *testing.T) { test(t, &place{}) })
	t.Run("bucket", func(t *testing.T) {
		g := newGateway(t)
		test(t, &place{environment: g.Environment(), gateway: g})
	})
}

// with adds an environment variable to the studio's configuration.
func (p *place) with(name, value string) *place {
	out := &place{map[string]string{name: value}, p.gateway}
	for n, v := range p.environment {
		out.environment[n] = v
	}
	return out
}

// keys lists the keys of all stored objects.
func (p *place) keys(t *testing.T, s *testkit.Studio) (keys []string) {
	t.Helper()
	if p.gateway != nil {
		return p.gateway.keys(t)
	}
	root := filepath.Join(s.App.DataDir(), core.LocalStorageDirName)
	_ = filepath.WalkDir(root, func(path string, entry os.DirEntry, err error) error {
		if err == nil && !entry.IsDir() && !strings.HasSuffix(path, ".attrs") {
			key, _ := filepath.Rel(root, path)
			keys = append(keys, filepath.ToSlash(key))
		}
		return nil
	})
	return keys
}

// unfinished counts the unfinished uploads in the store.
func (p *place) unfinished(t *testing.T, s *testkit.Studio) int {
	t.Helper()
	if p.gateway != nil {
		out, err := p.gateway.client().ListMultipartUploads(context.Background(), &s3.ListMultipartUploadsInput{Bucket: aws.String(bucketName)})
		if err != nil {
			t.Fatal(err)
		}
		return len(out.Uploads)
	}
	entries, _ := os.ReadDir(filepath.Join(s.App.DataDir(), "uploads"))
	return len(entries)
}

// gateway is an S3 server that the tests also inspect by a client of their own.
type gateway struct{ *testkit.Gateway }

const (
	bucketName = testkit.BucketName
	accessKey  = testkit.AccessKey
	secretKey  = testkit.SecretKey
)

func newGateway(t testing.TB) *gateway {
	t.Helper()
	return &gateway{testkit.NewGateway(t)}
}

func (g *gateway) client() *s3.Client {
	return s3.New(s3.Options{Region: "auto", BaseEndpoint: aws.String("http://" + g.Address), UsePathStyle: true,
		Credentials: credentials.NewStaticCredentialsProvider(accessKey, secretKey, "")})
}

func (g *gateway) keys(t *testing.T) (keys []string) {
	t.Helper()
	pages := s3.NewListObjectsV2Paginator(g.client(), &s3.ListObjectsV2Input{Bucket: aws.String(bucketName)})
	for pages.HasMorePages() {
		page, err := pages.NextPage(context.Background())
		if err != nil {
			t.Fatal(err)
		}
		for _, o := range page.Contents {
			keys = append(keys, aws.ToString(o.Key))
		}
	}
	return keys
}

// sweep runs the scheduled clean-up now.
func sweep(t testing.TB, s *testkit.Studio) {
	t.Helper()
	for _, job := range s.App.Cron().Jobs() {
		if job.Id() == "files" {
			job.Run()
			return
		}
	}
	t.Fatal("nothing is on schedule")
}

// makeOld makes an upload appear to have begun three days ago.
func (p *place) makeOld(t *testing.T, s *testkit.Studio, id string) {
	t.Helper()
	then := time.Now().Add(-72 * time.Hour)
	root := filepath.Join(s.App.DataDir(), "uploads")
	if p.gateway != nil {
		root = filepath.Join(p.gateway.Root, "objects")
		id = p.gateway.multipartOf(t, id)
	}
	found := false
	err := filepath.WalkDir(root, func(path string, entry os.DirEntry, err error) error {
		if err == nil && strings.HasPrefix(entry.Name(), id) {
			found = true
			return os.Chtimes(path, then, then)
		}
		return err
	})
	if err != nil || !found {
		t.Fatalf("nothing of upload %s is there: %v", id, err)
	}
}

// multipartOf returns the bucket's id of an upload.
func (g *gateway) multipartOf(t *testing.T, id string) string {
	t.Helper()
	out, err := g.client().ListMultipartUploads(context.Background(), &s3.ListMultipartUploadsInput{Bucket: aws.String(bucketName)})
	if err != nil {
		t.Fatal(err)
	}
	for _, u := range out.Uploads {
		if strings.Contains(aws.ToString(u.Key), id) {
			return aws.ToString(u.UploadId)
		}
	}
	t.Fatalf("the bucket knows no upload %s", id)
	return ""
}
