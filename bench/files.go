package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"time"
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

const ownKey = "own/file"
