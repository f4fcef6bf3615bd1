package files_test

import (
	"context"
	"net"
	"os"
	"os/exec"
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

// place is where a studio of a test keeps its files: a bucket of a real S3 server, or the data directory.
type place struct {
	environment map[string]string
	gateway     *gateway // nil for the disk
}

// everywhere runs the same test for both.
func everywhere(t *testing.T, test func(t *testing.T, p *place)) {
	t.Run("disk", func(t *testing.T) { test(t, &place{}) })
	t.Run("bucket", func(t *testing.T) {
		g := newGateway(t)
		test(t, &place{environment: g.environment(), gateway: g})
	})
}

// with adds to what the studio is configured with.
func (p *place) with(name, value string) *place {
	out := &place{map[string]string{name: value}, p.gateway}
	for n, v := range p.environment {
		out.environment[n] = v
	}
	return out
}

// keys lists what lies in the place.
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

// unfinished counts what lies there of uploads that are not finished.
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

// gateway is a real S3 server in a process of its own.
type gateway struct {
	t       testing.TB
	address string
	root    string
	process *exec.Cmd
}

const (
	bucketName = "studio"
	accessKey  = "access-key-of-tests"
	secretKey  = "secret-key-of-tests"
)

func newGateway(t testing.TB) *gateway {
	t.Helper()
	g := &gateway{t: t, address: testkit.FreeAddress(t), root: t.TempDir()}
	for _, dir := range []string{"objects/" + bucketName, "facts"} {
		if err := os.MkdirAll(filepath.Join(g.root, dir), 0o700); err != nil {
			t.Fatal(err)
		}
	}
	g.start()
	t.Cleanup(g.stop)
	return g
}

func (g *gateway) start() {
	g.t.Helper()
	g.process = exec.Command(testkit.Tool(g.t, "github.com/versity/versitygw/cmd/versitygw", "v1.8.0"),
		"--port", g.address, "--region", "auto", "--quiet", "posix", "--sidecar", filepath.Join(g.root, "facts"), filepath.Join(g.root, "objects"))
	g.process.Env = []string{"ROOT_ACCESS_KEY=" + accessKey, "ROOT_SECRET_KEY=" + secretKey, "HOME=" + os.Getenv("HOME")}
	if err := g.process.Start(); err != nil {
		g.t.Fatal(err)
	}
	eventually(g.t, "the S3 server listens", func() bool {
		connection, err := net.Dial("tcp", g.address)
		if err == nil {
			connection.Close()
		}
		return err == nil
	})
}

func (g *gateway) stop() {
	_ = g.process.Process.Kill()
	_ = g.process.Wait() // how it ended is not the question here
}

func (g *gateway) environment() map[string]string {
	return map[string]string{"R2_ENDPOINT": "http://" + g.address, "R2_BUCKET": bucketName, "R2_ACCESS_KEY_ID": accessKey, "R2_SECRET_ACCESS_KEY": secretKey}
}

func (g *gateway) client() *s3.Client {
	return s3.New(s3.Options{Region: "auto", BaseEndpoint: aws.String("http://" + g.address), UsePathStyle: true,
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

// sweep runs what the schedule runs.
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

// makeOld lets an upload have begun three days ago.
func (p *place) makeOld(t *testing.T, s *testkit.Studio, id string) {
	t.Helper()
	then := time.Now().Add(-72 * time.Hour)
	root := filepath.Join(s.App.DataDir(), "uploads")
	if p.gateway != nil {
		root = filepath.Join(p.gateway.root, "objects")
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

// multipartOf is what the bucket calls an upload.
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
