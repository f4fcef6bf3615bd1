package main

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"io"
	"net/http"
	"os"
	"strconv"
	"sync"

	"github.com/aws/aws-sdk-go-v2/aws"
	v4 "github.com/aws/aws-sdk-go-v2/aws/signer/v4"
	"github.com/aws/aws-sdk-go-v2/credentials"
	"github.com/aws/aws-sdk-go-v2/service/s3"
	"github.com/aws/aws-sdk-go-v2/service/s3/types"
)

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
