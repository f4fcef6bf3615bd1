package files_test

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"strconv"
	"strings"
	"testing"

	"greenroom/hooks/testkit"
)

// sending is an upload as a browser sees it.
type sending struct {
	t       testing.TB
	url     string // of the server
	token   string
	Id      string
	Kind    string
	URL     string
	Part    int64 `json:"partSizeBytes"`
	Parts   int
	content io.ReaderAt
	size    int64
	etags   map[int]string // by part number, as the bucket acknowledged them
}

// ask begins an upload and returns the answer, whatever it is.
func (d *desk) ask(token string, more map[string]any) testkit.Answer {
	body := map[string]any{"project": d.project.Id, "filename": "take.wav", "size": 5}
	for name, value := range more {
		body[name] = value
	}
	return d.s.Do("POST", "/api/portal/uploads", token, body)
}

// begin begins an upload that has to be accepted.
func begin(t testing.TB, url, token string, body map[string]any, content io.ReaderAt) *sending {
	t.Helper()
	answer := testkit.Request(t, url, "POST", "/api/portal/uploads", token, body)
	if answer.Status != 200 {
		t.Fatalf("begin: %d %s", answer.Status, answer.Raw)
	}
	u := &sending{t: t, url: url, token: token, content: content, etags: map[int]string{}}
	if err := json.Unmarshal(answer.Raw, u); err != nil {
		t.Fatal(err)
	}
	u.size, _ = strconv.ParseInt(fmt.Sprint(body["size"]), 10, 64)
	return u
}

func (d *desk) begin(t testing.TB, filename, content string) *sending {
	t.Helper()
	return begin(t, d.s.URL, d.token, map[string]any{"project": d.project.Id, "filename": filename, "size": len(content)}, strings.NewReader(content))
}

// send uploads a whole file and returns its record.
func (d *desk) send(t testing.TB, filename, content string) map[string]any {
	t.Helper()
	u := d.begin(t, filename, content)
	u.rest()
	return u.complete()
}

func (u *sending) do(method, path string, body any) testkit.Answer {
	u.t.Helper()
	return testkit.Request(u.t, u.url, method, "/api/portal/uploads/"+u.Id+path, u.token, body)
}

type arrived struct {
	Parts    []struct{ URL string }
	Received []struct {
		Number int
		ETag   string
	}
	ReceivedBytes int64
}

func (u *sending) arrived(numbers ...int) (a arrived) {
	u.t.Helper()
	answer := u.do("POST", "/parts", map[string]any{"numbers": numbers})
	if err := json.Unmarshal(answer.Raw, &a); answer.Status != 200 || err != nil {
		u.t.Fatalf("parts: %d %s", answer.Status, answer.Raw)
	}
	return a
}

// part returns the bytes of a part, counted from 1.
func (u *sending) part(number int) *io.SectionReader {
	from := int64(number-1) * u.Part
	return io.NewSectionReader(u.content, from, min(u.Part, u.size-from))
}

// put sends a part to the bucket.
func put(t testing.TB, url string, body io.Reader, size int64) (status int, said string) {
	t.Helper()
	status, said, _ = putPart(t, url, body, size)
	return status, said
}

func putPart(t testing.TB, url string, body io.Reader, size int64) (status int, said, etag string) {
	t.Helper()
	request, err := http.NewRequest("PUT", url, body)
	if err != nil {
		t.Fatal(err)
	}
	request.ContentLength = size
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0, err.Error(), ""
	}
	defer response.Body.Close()
	raw, _ := io.ReadAll(response.Body)
	return response.StatusCode, string(raw), strings.Trim(response.Header.Get("ETag"), `"`)
}

// patch sends bytes to the disk from an offset. If the body ends too early, the server stores what came.
func (u *sending) patch(offset int64, body io.Reader, size int64) (status int) {
	u.t.Helper()
	request, err := http.NewRequest("PATCH", u.URL, body)
	if err != nil {
		u.t.Fatal(err)
	}
	request.ContentLength = size
	request.Header.Set("Authorization", u.token)
	request.Header.Set("Tus-Resumable", "1.0.0")
	request.Header.Set("Upload-Offset", strconv.FormatInt(offset, 10))
	request.Header.Set("Content-Type", "application/offset+octet-stream")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		return 0
	}
	defer response.Body.Close()
	_, _ = io.Copy(io.Discard, response.Body)
	return response.StatusCode
}

// next returns the number of the first part that has not arrived as it was sent.
func (u *sending) next(a arrived) int {
	if u.Kind == "tus" {
		return int((a.ReceivedBytes+u.Part)/u.Part) + int(a.ReceivedBytes/u.size)
	}
	there := map[int]string{}
	for _, part := range a.Received {
		there[part.Number] = part.ETag
	}
	for number := 1; ; number++ {
		if u.etags[number] == "" || u.etags[number] != there[number] {
			return number
		}
	}
}

// some sends the next count parts, or all that are missing if there are fewer.
func (u *sending) some(count int) {
	u.t.Helper()
	again := 0
	for ; count > 0; count-- {
		a := u.arrived()
		number := u.next(a)
		if number > u.Parts {
			return
		}
		if u.Kind == "tus" {
			size := min(u.Part, u.size-a.ReceivedBytes)
			// Like the portal, it asks anew where to go on. The rest of a request that was cut off may have arrived meanwhile
			// (409), or its handler takes the file from this one (400).
			if status := u.patch(a.ReceivedBytes, io.NewSectionReader(u.content, a.ReceivedBytes, size), size); status != 204 {
				if again++; again > 12 || status != 400 && status != 409 {
					u.t.Fatalf("PATCH: %d", status)
				}
				count++
			}
			continue
		}
		part := u.part(number)
		status, said, etag := putPart(u.t, u.arrived(number).Parts[0].URL, part, part.Size())
		if status != 200 {
			u.t.Fatalf("PUT: %d %s", status, said)
		}
		u.etags[number] = etag
	}
}

func (u *sending) rest() { u.t.Helper(); u.some(u.Parts + 1) }

// cut sends half of the next part and closes the connection.
func (u *sending) cut() {
	u.t.Helper()
	a := u.arrived()
	if u.Kind == "tus" {
		size := min(u.Part, u.size-a.ReceivedBytes)
		u.patch(a.ReceivedBytes, io.NewSectionReader(u.content, a.ReceivedBytes, size/2), size)
		return
	}
	number := u.next(a)
	part := u.part(number)
	put(u.t, u.arrived(number).Parts[0].URL, io.LimitReader(part, part.Size()/2), part.Size())
}

func (u *sending) complete() map[string]any {
	u.t.Helper()
	parts := []map[string]any{}
	for number, etag := range u.etags {
		parts = append(parts, map[string]any{"number": number, "etag": etag})
	}
	answer := u.do("POST", "/complete", map[string]any{"parts": parts})
	if answer.Status != 200 {
		u.t.Fatalf("complete: %d %s", answer.Status, answer.Raw)
	}
	return answer.JSON()
}
