package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"sync"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

const (
	fileBytes     = 256 << 20
	partsParallel = 3 // as in the portal's page
	gatewayModule = "github.com/versity/versitygw/cmd/versitygw@v1.8.0"
	gatewayKey    = "access-key"
	gatewaySecret = "secret-key"
	gatewayBucket = "bench"
)

// carrier uploads one file to where it is stored, and downloads it again.
type carrier struct {
	name     string
	up       func(ctx context.Context, source string) (address string, err error)
	down     func(ctx context.Context, address string) error
	upTime   []time.Duration
	downTime []time.Duration
}

// measureFiles uploads and downloads a large file: to the disk, compared with cp, and to a bucket, compared with the S3
// server's own client and parts of the same size.
func measureFiles(b *bench) error {
	source := filepath.Join(b.temp, "file")
	if err := writeFile(source); err != nil {
		return err
	}
	gateway, endpoint, err := b.gateway()
	if err != nil {
		return err
	}
	defer gateway.stop()
	disk, err := b.withFiles("files-disk", "")
	if err != nil {
		return err
	}
	defer disk.stop()
	bucket, err := b.withFiles("files-bucket", fmt.Sprintf("R2_ENDPOINT=%s\nR2_BUCKET=%s\nR2_ACCESS_KEY_ID=%s\nR2_SECRET_ACCESS_KEY=%s\n",
		endpoint, gatewayBucket, gatewayKey, gatewaySecret))
	if err != nil {
		return err
	}
	defer bucket.stop()

	sender := b.studio.clients[0]
	carriers := []*carrier{
		{name: "cp", up: copyTo(filepath.Join(b.temp, "copy")), down: copyFrom},
		{name: "Greenroom's disk", up: uploader{disk.address, sender}.send, down: fetch},
		{name: "the S3 server's own client", up: ownClient(endpoint).send, down: ownClient(endpoint).fetch},
		{name: "Greenroom's bucket", up: uploader{bucket.address, sender}.send, down: fetch},
	}
	err = b.inTurns(len(carriers), func(_, i int) error {
		c := carriers[i]
		began := time.Now()
		address, err := c.up(b.ctx, source)
		if err != nil {
			return fmt.Errorf("%s, up: %w", c.name, err)
		}
		c.upTime = append(c.upTime, time.Since(began))
		began = time.Now()
		if err := c.down(b.ctx, address); err != nil {
			return fmt.Errorf("%s, down: %w", c.name, err)
		}
		c.downTime = append(c.downTime, time.Since(began))
		return nil
	})
	if err != nil {
		return err
	}
	for i := 0; i < len(carriers); i += 2 {
		b.reportFiles(carriers[i+1], carriers[i])
	}
	b.report.add(figure{Name: "files, memory", Text: fmt.Sprintf("at most %.0f MB to the disk, %.0f MB to the bucket", disk.memory("VmHWM"), bucket.memory("VmHWM")),
		Values: map[string]float64{"diskMB": disk.memory("VmHWM"), "bucketMB": bucket.memory("VmHWM")}})
	return nil
}

func (b *bench) reportFiles(ours, floor *carrier) {
	for _, way := range []struct {
		name   string
		ours   []time.Duration
		floors []time.Duration
	}{{"up", ours.upTime, floor.upTime}, {"down", ours.downTime, floor.downTime}} {
		ratio := median(ratios(way.ours, way.floors))
		b.report.add(figure{Name: "files, " + ours.name + ", " + way.name,
			Text:   fmt.Sprintf("%.0f MB/s; %s %.0f MB/s; %.2f times its time", speed(way.ours), floor.name, speed(way.floors), ratio),
			Values: map[string]float64{"megabytesPerSecond": speed(way.ours), "floorMegabytesPerSecond": speed(way.floors), "ratio": ratio}})
	}
}

func speed(times []time.Duration) float64 { return fileBytes / 1e6 / median(times).Seconds() }

// withFiles starts Greenroom on a copy of the studio, configured by a .env file beside a binary of its own.
func (b *bench) withFiles(name, environment string) (*server, error) {
	dir, err := b.copyOf(b.studio.dir, name)
	if err != nil {
		return nil, err
	}
	beside := b.newDir(name + "-binary")
	binary := filepath.Join(beside, "greenroom")
	if err := errors.Join(os.Link(b.binary, binary), os.WriteFile(filepath.Join(beside, ".env"), []byte(environment), 0o600)); err != nil {
		return nil, err
	}
	address, err := freeAddress()
	if err != nil {
		return nil, err
	}
	return start(b.ctx, address, anybodysHealth, exec.Command(binary, "serve", "--dir", dir, "--http", address))
}

// gateway builds and starts an S3 server on this machine.
func (b *bench) gateway() (_ *server, endpoint string, err error) {
	dir := b.newDir("gateway")
	install := exec.CommandContext(b.ctx, "go", "install", gatewayModule)
	install.Env, install.Dir = append(os.Environ(), "GOBIN="+dir, "CGO_ENABLED=0", "GOTOOLCHAIN=auto", "GOFLAGS=-trimpath"), dir // as the tests build it
	if said, err := install.CombinedOutput(); err != nil {
		return nil, "", fmt.Errorf("build the S3 server: %w\n%s", err, said)
	}
	address, err := freeAddress()
	if err != nil {
		return nil, "", err
	}
	objects, facts := filepath.Join(dir, "objects"), filepath.Join(dir, "facts")
	if err := errors.Join(os.MkdirAll(filepath.Join(objects, gatewayBucket), 0o700), os.MkdirAll(facts, 0o700)); err != nil {
		return nil, "", err
	}
	command := exec.Command(filepath.Join(dir, "versitygw"), "--access", gatewayKey, "--secret", gatewaySecret,
		"--port", address, "--region", "auto", "--quiet", "posix", "--sidecar", facts, objects)
	if err := command.Start(); err != nil {
		return nil, "", err
	}
	s := &server{command: command, address: address}
	for began := time.Now(); ; time.Sleep(time.Millisecond) {
		w, err := dial(address)
		if err == nil {
			w.Close()
			return s, "http://" + address, nil
		}
		if time.Since(began) > patience {
			s.stop()
			return nil, "", fmt.Errorf("the S3 server does not answer: %w", err)
		}
	}
}

// writeFile writes a file of random bytes, which no file system can compress.
func writeFile(path string) error {
	file, err := os.Create(path)
	if err != nil {
		return err
	}
	block := bytes.Repeat([]byte("a take of a take of a take, "), 1<<16)
	for at := 0; at < fileBytes && err == nil; at += len(block) {
		copy(block, strconv.Itoa(at))
		_, err = file.Write(block[:min(len(block), fileBytes-at)])
	}
	return errors.Join(err, file.Sync(), file.Close())
}

func copyTo(target string) func(context.Context, string) (string, error) {
	return func(ctx context.Context, source string) (string, error) {
		return target, exec.CommandContext(ctx, "cp", "--reflink=never", source, target).Run()
	}
}

func copyFrom(ctx context.Context, path string) error {
	file, err := os.Open(path)
	if err != nil {
		return err
	}
	defer file.Close()
	return drain(file)
}

// drain reads to the end through a buffer of usual size.
func drain(r io.Reader) error {
	n, err := io.Copy(struct{ io.Writer }{io.Discard}, struct{ io.Reader }{r})
	if err == nil && n != fileBytes {
		err = fmt.Errorf("%d bytes instead of %d", n, fileBytes)
	}
	return err
}

func fetch(ctx context.Context, address string) error {
	response, err := send(ctx, "GET", address, nil, 0, nil)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	return drain(response.Body)
}

// send makes one request that must succeed.
func send(ctx context.Context, method, address string, body io.Reader, size int64, header http.Header) (*http.Response, error) {
	request, err := http.NewRequestWithContext(ctx, method, address, body)
	if err != nil {
		return nil, err
	}
	request.ContentLength = size
	if header != nil {
		request.Header = header
	}
	response, err := http.DefaultClient.Do(request)
	if err == nil && response.StatusCode/100 != 2 {
		said, _ := io.ReadAll(io.LimitReader(response.Body, 1000))
		response.Body.Close()
		return nil, fmt.Errorf("%s %s: %s %s", method, request.URL.Path, response.Status, said)
	}
	return response, err
}

// uploader uploads files as the portal's page does.
type uploader struct {
	address string
	client  client
}

func (u uploader) ask(ctx context.Context, method, path string, body, into any) error {
	raw, err := json.Marshal(body)
	if err != nil {
		return err
	}
	response, err := send(ctx, method, "http://"+u.address+"/api/portal"+path, bytes.NewReader(raw), int64(len(raw)),
		http.Header{"Authorization": {u.client.token}, "Content-Type": {"application/json"}})
	if err != nil {
		return err
	}
	defer response.Body.Close()
	return json.NewDecoder(response.Body).Decode(into)
}

func (u uploader) send(ctx context.Context, source string) (address string, err error) {
	file, err := os.Open(source)
	if err != nil {
		return "", err
	}
	defer file.Close()
	var begun struct {
		Id, Kind, URL string
		PartSizeBytes int64
		Parts         int
	}
	ask := map[string]any{"project": u.client.projects[0], "filename": "take.wav", "size": fileBytes}
	if err := u.ask(ctx, "POST", "/uploads", ask, &begun); err != nil {
		return "", err
	}
	section := func(number int) *io.SectionReader {
		from := int64(number-1) * begun.PartSizeBytes
		return io.NewSectionReader(file, from, min(begun.PartSizeBytes, fileBytes-from))
	}
	if begun.Kind == "tus" {
		for number := 1; number <= begun.Parts && err == nil; number++ {
			part := section(number)
			err = ignore(send(ctx, "PATCH", begun.URL, part, part.Size(), http.Header{"Authorization": {u.client.token}, "Tus-Resumable": {"1.0.0"},
				"Upload-Offset": {strconv.FormatInt(int64(number-1)*begun.PartSizeBytes, 10)}, "Content-Type": {"application/offset+octet-stream"}}))
		}
	} else {
		err = eachPart(begun.Parts, func(number int) error {
			var links struct{ Parts []struct{ URL string } }
			if err := u.ask(ctx, "POST", "/uploads/"+begun.Id+"/parts", map[string]any{"numbers": []int{number}}, &links); err != nil {
				return err
			}
			part := section(number)
			return ignore(send(ctx, "PUT", links.Parts[0].URL, part, part.Size(), nil))
		})
	}
	if err != nil {
		return "", err
	}
	var record struct{ Id string }
	if err := u.ask(ctx, "POST", "/uploads/"+begun.Id+"/complete", nil, &record); err != nil {
		return "", err
	}
	var link struct{ URL string }
	err = u.ask(ctx, "GET", "/attachments/"+record.Id+"/link", nil, &link)
	return link.URL, err
}

func ignore(response *http.Response, err error) error {
	if err != nil {
		return err
	}
	_, err = io.Copy(io.Discard, response.Body)
	return errors.Join(err, response.Body.Close())
}

// eachPart calls do for each part, some at the same time.
func eachPart(count int, do func(number int) error) error {
	var wait sync.WaitGroup
	numbers, failures := make(chan int), make(chan error, count)
	for range partsParallel {
		wait.Go(func() {
			for number := range numbers {
				if err := do(number); err != nil {
					failures <- err
				}
			}
		})
	}
	for number := 1; number <= count; number++ {
		numbers <- number
	}
	close(numbers)
	wait.Wait()
	close(failures)
	return <-failures
}

// s3Client uploads with the S3 server's own client and parts of the same size.
type s3Client struct{ *s3.Client }

func ownClient(endpoint string) s3Client {
	return s3Client{s3.New(s3.Options{Region: "auto", BaseEndpoint: &endpoint, UsePathStyle: true,
		Credentials: credentials.NewStaticCredentialsProvider(gatewayKey, gatewaySecret, "")})}
}

const ownKey = "own/file"

func (c s3Client) send(ctx context.Context, source string) (string, error) {
	const partBytes = 8 << 20
	file, err := os.Open(source)
	if err != nil {
		return "", err
	}
	defer file.Close()
	begun, err := c.CreateMultipartUpload(ctx, &s3.CreateMultipartUploadInput{Bucket: aws.String(gatewayBucket), Key: aws.String(ownKey)})
	if err != nil {
		return "", err
	}
	err = eachPart(fileBytes/partBytes, func(number int) error {
		_, err := c.UploadPart(ctx, &s3.UploadPartInput{Bucket: aws.String(gatewayBucket), Key: aws.String(ownKey), UploadId: begun.UploadId,
			PartNumber: aws.Int32(int32(number)), Body: io.NewSectionReader(file, int64(number-1)*partBytes, partBytes)},
			s3.WithAPIOptions(v4.SwapComputePayloadSHA256ForUnsignedPayloadMiddleware))
		return err
	})
	if err != nil {
		return "", err
	}
	listed, err := c.ListParts(ctx, &s3.ListPartsInput{Bucket: aws.String(gatewayBucket), Key: aws.String(ownKey), UploadId: begun.UploadId})
	if err != nil {
		return "", err
	}
	whole := &types.CompletedMultipartUpload{}
	for _, part := range listed.Parts {
		whole.Parts = append(whole.Parts, types.CompletedPart{ETag: part.ETag, PartNumber: part.PartNumber})
	}
	_, err = c.CompleteMultipartUpload(ctx, &s3.CompleteMultipartUploadInput{Bucket: aws.String(gatewayBucket), Key: aws.String(ownKey), UploadId: begun.UploadId, MultipartUpload: whole})
	return ownKey, err
}

func (c s3Client) fetch(ctx context.Context, key string) error {
	out, err := c.GetObject(ctx, &s3.GetObjectInput{Bucket: aws.String(gatewayBucket), Key: &key})
	if err != nil {
		return err
	}
	defer out.Body.Close()
	return drain(out.Body)
}
