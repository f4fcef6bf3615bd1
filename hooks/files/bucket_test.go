package files_test

import (
	"context"
	"fmt"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/aws/aws-sdk-go-v2/aws"
	"github.com/aws/aws-sdk-go-v2/service/s3"

	"greenroom/hooks/testkit"
)

// A real S3 server refuses everything beyond what the studio's presigned links allow.
func TestThePresignedLinksAreBound(t *testing.T) {
	g := newGateway(t)
	s := testkit.New(t, g.Environment())
	ana, ben := newDesk(s, "ana"), newDesk(s, "ben")
	u, theirs := ana.begin(t, "take.wav", "hello"), ben.begin(t, "take.wav", "other")
	part := u.arrived(1).Parts[0].URL
	record := ana.send(t, "mix.wav", "a mix to hear")
	secret := ben.send(t, "secret.wav", "secret")
	link := ana.link(t, record["id"])

	changed := func(address, from, to string) string {
		if !strings.Contains(address, from) {
			t.Fatalf("%s has no %s", address, from)
		}
		return strings.Replace(address, from, to, 1)
	}
	parsed, err := url.Parse(part)
	if err != nil {
		t.Fatal(err)
	}
	for name, tc := range map[string]struct {
		address, content string
		size             int64
	}{
		"more than was said":      {part, "hello and more", 14},
		"less than was said":      {part, "hell", 4},
		"another part":            {changed(part, "partNumber=1", "partNumber=2"), "hello", 5},
		"another upload":          {changed(part, u.Id, theirs.Id), "hello", 5},
		"a longer time":           {changed(part, "X-Amz-Expires=900", "X-Amz-Expires=9000"), "hello", 5},
		"an earlier signing":      {changed(part, parsed.Query().Get("X-Amz-Date"), "20200101T000000Z"), "hello", 5},
		"no length in the seal":   {changed(part, "content-length%3B", ""), "hello and more", 14},
		"an object of its own":    {part[:strings.Index(part, "?")] + "?" + strings.Replace(parsed.RawQuery, "partNumber=1&", "", 1), "hello", 5},
		"with the link to a file": {link, "hello", 5},
	} {
		if status, said := put(t, tc.address, strings.NewReader(tc.content), tc.size); status/100 != 4 {
			t.Errorf("%s: %d %s", name, status, said)
		}
	}
	for name, address := range map[string]string{
		"another file":   changed(link, fmt.Sprint(record["url"]), fmt.Sprint(secret["url"])),
		"as a page":      changed(link, "application%2Foctet-stream", "text%2Fhtml"),
		"without a sign": link[:strings.Index(link, "?")],
	} {
		if address == link {
			t.Fatal(name)
		}
		if response, got := fetch(t, address); response.StatusCode/100 != 4 {
			t.Errorf("%s: %d %s", name, response.StatusCode, got)
		}
	}
	u.rest() // sends the rest, which the links allow
	if record := u.complete(); record["size"] != 5.0 {
		t.Errorf("what arrived: %v", record)
	}
}

// Completing an upload is refused if the sender names a part that the bucket holds in another form.
func TestAPieceOfAPartIsNoPart(t *testing.T) {
	s := testkit.New(t, newGateway(t).Environment())
	u := newDesk(s, "ana").begin(t, "take.txt", noise(9<<20))
	u.rest()
	held := u.etags[2]
	u.etags[2] = u.etags[1]
	for name, parts := range map[string]any{
		"another content": []map[string]any{{"number": 1, "etag": u.etags[1]}, {"number": 2, "etag": u.etags[1]}},
		"one unnamed":     []map[string]any{{"number": 1, "etag": u.etags[1]}},
	} {
		if answer := u.do("POST", "/complete", map[string]any{"parts": parts}); answer.Status != 409 {
			t.Errorf("%s: %d %s", name, answer.Status, answer.Raw)
		}
	}
	u.etags[2] = held
	u.complete()
}

func TestAnExpiredPresignedLinkIsRefused(t *testing.T) {
	g := newGateway(t)
	signed, err := s3.NewPresignClient(g.client()).PresignPutObject(context.Background(), &s3.PutObjectInput{Bucket: aws.String(bucketName), Key: aws.String("a")}, s3.WithPresignExpires(time.Second))
	if err != nil {
		t.Fatal(err)
	}
	testkit.Eventually(t, "the link has expired", func() bool {
		status, said := put(t, signed.URL, strings.NewReader("hello"), 5)
		return status == 403 && strings.Contains(said, "expired")
	})
}

// The bucket fails in the middle of each operation and comes back.
func TestTheBucketGoesAwayAndComesBack(t *testing.T) {
	g := newGateway(t)
	s := testkit.New(t, g.Environment())
	ana := newDesk(s, "ana")
	content := noise(10 << 20)
	u := ana.begin(t, "take.txt", content)
	u.some(1)
	last := u.arrived(2).Parts[0].URL
	kept := ana.send(t, "kept.txt", "kept")

	g.Stop()
	if status, _ := put(t, last, strings.NewReader("x"), 1); status == 200 {
		t.Fatal("the bucket is still there")
	}
	for name, answer := range map[string]testkit.Answer{
		"begin": ana.ask(ana.token, nil), "parts": u.do("POST", "/parts", map[string]any{"numbers": []int{2}}), "complete": u.do("POST", "/complete", nil),
	} {
		if answer.Status != 503 || !strings.Contains(answer.Message(), "try again") || strings.Contains(string(answer.Raw), g.Address) {
			t.Errorf("%s without a bucket: %d %s", name, answer.Status, answer.Raw)
		}
	}
	if answer := s.Do("DELETE", "/api/collections/attachments/records/"+fmt.Sprint(kept["id"]), ana.token, nil); answer.Status != 204 {
		t.Errorf("delete without a bucket: %d %s", answer.Status, answer.Raw)
	}
	if records := s.Do("GET", "/api/collections/attachments/records", ana.token, nil); records.JSON()["totalItems"] != 0.0 {
		t.Errorf("half an upload has a record: %s", records.Raw)
	}
	health := func() map[string]any {
		for _, i := range s.Do("GET", "/api/portal/health", s.Owner, nil).JSON()["integrations"].([]any) {
			if h := i.(map[string]any); h["name"] == "files" {
				return h
			}
		}
		return nil
	}
	sweep(t, s)
	testkit.Eventually(t, "the owner sees that the bucket is gone, and a file that is still to go", func() bool {
		return health()["state"] == "failing" && health()["troubles"] == 1.0
	})

	g.Start()
	u.rest()
	if record := u.complete(); record["size"] != float64(len(content)) {
		t.Errorf("what arrived after all: %v", record)
	}
	sweep(t, s)
	testkit.Eventually(t, "all is well again", func() bool { return health()["state"] == "ok" && health()["troubles"] == 0.0 && len(g.keys(t)) == 1 })
}

// A file sent by PocketBase's own form goes to the bucket, and no secret of the bucket's is stored.
func TestTheDashboardUsesTheBucketToo(t *testing.T) {
	g := newGateway(t)
	dir := testkit.Dir(t)
	s := testkit.Open(t, dir, g.Environment())
	ana := newDesk(s, "ana")
	contentType, body := form(t, ana.project.Id, "hello")
	record := s.Send("POST", "/api/collections/attachments/records", s.Owner, contentType, body).JSON()
	if got := strings.Join(g.keys(t), " "); got == "" || got != record["url"] {
		t.Fatalf("in the bucket lies %q, the record says %v", got, record["url"])
	}
	if _, got := fetch(t, ana.link(t, record["id"])); string(got) != "hello" {
		t.Errorf("what comes out is %q", got)
	}
	if answer := s.Do("PATCH", "/api/settings", s.Owner, map[string]any{"meta": map[string]any{"hideControls": true}}); answer.Status != 200 {
		t.Fatalf("%d %s", answer.Status, answer.Raw)
	}
	var stored string
	if err := s.App.DB().NewQuery("SELECT value FROM _params WHERE id = 'settings'").Row(&stored); err != nil || strings.Contains(stored, secretKey) || strings.Contains(stored, bucketName) {
		t.Errorf("the settings hold what the environment sets: %v %s", err, stored)
	}
}
