package clerk_test

import (
	"bufio"
	"bytes"
	"fmt"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"

	svix "github.com/svix/svix-webhooks/go"

	"greenroom/hooks/testkit"
)

// The vectors are Svix's own: secret, message id, time, payload and signature of its Go tests.
func TestSvixVectors(t *testing.T) {
	webhook, err := svix.NewWebhook(secret)
	if err != nil {
		t.Fatal(err)
	}
	const want = "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="
	payload := []byte(`{"test": 2432232314}`)
	got, err := webhook.Sign("msg_p5jXN8AQM9LWM0D4loKWxJek", time.Unix(1614265330, 0), payload)
	if err != nil || got != want {
		t.Errorf("%q, %v", got, err)
	}
	header := http.Header{"Svix-Id": {"msg_p5jXN8AQM9LWM0D4loKWxJek"}, "Svix-Timestamp": {"1614265330"}, "Svix-Signature": {want}}
	if err := webhook.VerifyIgnoringTimestamp(payload, header); err != nil {
		t.Error(err)
	}
	s := hooked(t)
	if status, answer := post(t, s, header, bytes.NewReader(payload)); status != http.StatusUnauthorized {
		t.Errorf("the vector is years old: %d %s", status, answer)
	}
	// The same secret and payload at the present time: the signature is valid, but the body is no event of Clerk's.
	if status, answer := post(t, s, signed(t, secret, time.Now(), payload), bytes.NewReader(payload)); status != http.StatusBadRequest {
		t.Errorf("%d %s", status, answer)
	}
}

const forged = "v1,Ceo5qEr07ixe2NLpvHk3FH9bwy/WavXrAFQ/9tdO6mc="

func TestSignaturesThatHold(t *testing.T) {
	s := testkit.New(t, map[string]string{"CLERK_WEBHOOK_SECRET": secret + "," + otherSecret})
	for i, c := range []struct {
		name string
		with string
		at   time.Duration
		edit func(http.Header)
	}{
		{"first secret", secret, 0, nil},
		{"second secret", otherSecret, 0, nil},
		{"unbranded headers", secret, 0, func(h http.Header) {
			for _, name := range []string{"Id", "Timestamp", "Signature"} {
				h["Webhook-"+name] = h["Svix-"+name]
				delete(h, "Svix-"+name)
			}
		}},
		{"among others", secret, 0, func(h http.Header) {
			h.Set("Svix-Signature", forged+" v1a,"+forged[3:]+" v2,"+forged[3:]+" "+h.Get("Svix-Signature")+" "+forged)
		}},
		{"nearly five minutes old", secret, -5*time.Minute + patience, nil},
		{"nearly five minutes ahead", secret, 5*time.Minute - patience, nil},
	} {
		p := person{id: fmt.Sprint("user_", i), first: "Ann", email: fmt.Sprintf("ann%d@example.com", i), at: 1}
		body := p.event(t, "created")
		header := signed(t, c.with, time.Now().Add(c.at), body)
		if c.edit != nil {
			c.edit(header)
		}
		if status, answer := post(t, s, header, bytes.NewReader(body)); status != http.StatusNoContent {
			t.Errorf("%s: %d %s", c.name, status, answer)
		}
		if clientOf(t, s, p.id) == nil {
			t.Errorf("%s: no client", c.name)
		}
	}
}

// Each refusal has the right status, changes nothing, and logs one line that contains nothing about anybody.
func TestRefusedEvents(t *testing.T) {
	s := hooked(t)
	linked := person{id: "user_linked", first: "Quentin", last: "Private", email: "quentin.private@example.com", at: 5}
	deliver(t, s, linked.event(t, "created"), http.StatusNoContent)
	before := content(t, s)

	linked.first, linked.email, linked.at = "Zebedee", "zebedee.private@example.com", 9
	updated, deleted := linked.event(t, "updated"), linked.event(t, "deleted")
	now := time.Now()
	type refused struct {
		name   string
		status int
		header http.Header
		body   []byte
	}
	edited := func(edit func(http.Header)) http.Header {
		h := signed(t, secret, now, updated)
		edit(h)
		return h
	}
	cases := []refused{
		{"no headers", 401, http.Header{}, updated},
		{"forged", 401, edited(func(h http.Header) { h.Set("Svix-Signature", forged) }), updated},
		{"empty signature", 401, edited(func(h http.Header) { h.Set("Svix-Signature", "v1,") }), updated},
		{"no version", 401, edited(func(h http.Header) { h.Set("Svix-Signature", h.Get("Svix-Signature")[3:]) }), updated},
		{"v1a", 401, edited(func(h http.Header) { h.Set("Svix-Signature", "v1a"+h.Get("Svix-Signature")[2:]) }), updated},
		{"other secret", 401, signed(t, otherSecret, now, updated), updated},
		{"other body", 401, signed(t, secret, now, updated), deleted},
		{"other id", 401, edited(func(h http.Header) { h.Set("Svix-Id", "msg_2") }), updated},
		{"later time on an old signature", 401, edited(func(h http.Header) { h.Set("Svix-Timestamp", fmt.Sprint(now.Unix()+1)) }), updated},
		{"time that is no number", 401, edited(func(h http.Header) { h.Set("Svix-Timestamp", "now") }), updated},
		{"replayed after five minutes", 401, signed(t, secret, now.Add(-5*time.Minute-time.Second), updated), updated},
		{"more than five minutes ahead", 401, signed(t, secret, now.Add(5*time.Minute+patience), updated), updated},
		{"cut short", 401, signed(t, secret, now, updated), updated[:len(updated)/2]},
	}
	for _, name := range []string{"Svix-Id", "Svix-Timestamp", "Svix-Signature"} {
		cases = append(cases, refused{"without " + name, 401, edited(func(h http.Header) { h.Del(name) }), updated})
	}
	const who = `"first_name":"Zebedee","email":"zebedee.private@example.com"`
	for _, body := range []string{
		``, `no JSON, Zebedee`, `null`, `[]`, `"user.updated"`, `{}`, `{"type":"user.updated"}`, `{"type":5,"data":{` + who + `}}`,
		`{"type":["user.updated"],"data":{}}`, `{"type":"","data":{"id":"user_linked"}}`, `{"data":{"id":"user_linked",` + who + `}}`,
		`{"type":"user.updated","data":null}`, `{"type":"user.deleted","data":null}`, `{"type":"user.deleted","data":{"deleted":true}}`,
		`{"type":"user.updated","data":{` + who + `}}`, `{"type":"user.updated","data":{"id":null,` + who + `}}`,
		`{"type":"user.updated","data":{"id":7,` + who + `}}`, `{"type":"user.updated","data":{"id":"org_linked",` + who + `}}`,
		`{"type":"user.deleted","data":{"id":"linked"}}`, `{"type":"user.deleted","data":{"id":""}}`,
		`{"type":"user.deleted","data":[{"id":"user_linked"}]}`, `{"type":"user.deleted","data":"user_linked"}`,
		`[{"type":"user.deleted","data":{"id":"user_linked"}}]`, `{"type":"user.deleted","data":{"id":"user_linked"}`,
		`{"type":"user.deleted","data":{"id":"user_linked"}} x`, `{"type":"user.deleted","data":{"id":"user_li\u0000nked"}}`,
		`{"type":"user.deleted","data":{"id":"user_` + strings.Repeat("x", 300) + `"}}`,
		`{"type":"user.updated","data":{"id":"user_linked","updated_at":9,"email_addresses":{` + who + `}}}`,
		`{"type":"user.updated","data":{"id":"user_linked","updated_at":9,"email_addresses":["zebedee.private@example.com"]}}`,
		`{"type":"user.updated","data":{"id":"user_linked","updated_at":"Zebedee"}}`,
		`{"type":"user.updated","data":{"id":"user_linked","updated_at":9,"first_name":{"x":"Zebedee"}}}`,
		`{"type":"user.updated","data":{"id":"user_linked","updated_at":9,"primary_email_address_id":["Zebedee"]}}`,
	} {
		cases = append(cases, refused{"shape " + body, 400, signed(t, secret, now, []byte(body)), []byte(body)})
	}
	for _, c := range cases {
		var status int
		var answer string
		lines := loggedBy(t, s, func() { status, answer = post(t, s, c.header, bytes.NewReader(c.body)) })
		checkRefusal(t, s, c.name, status, c.status, answer, lines, before)
	}

	large := append(bytes.TrimSuffix(linked.event(t, "updated"), []byte("}")), bytes.Repeat([]byte(" "), 10<<20)...)
	large = append(large, '}')
	var code int
	var answer string
	lines := loggedBy(t, s, func() {
		header := signed(t, secret, now, large)
		// The server can then answer before the body is sent, instead of breaking the connection.
		header.Set("Expect", "100-continue")
		code, answer = post(t, s, header, bytes.NewReader(large))
	})
	checkRefusal(t, s, "10 MB", code, 413, answer, lines, before)

	chunked := append(updated[:len(updated)-1:len(updated)-1], bytes.Repeat([]byte(" "), 1<<20)...)
	chunked = append(chunked, '}')
	lines = loggedBy(t, s, func() {
		// A body of unknown length.
		code, answer = post(t, s, signed(t, secret, now, chunked), io.MultiReader(bytes.NewReader(chunked)))
	})
	checkRefusal(t, s, "too large, in chunks", code, 413, answer, lines, before)

	lines = loggedBy(t, s, func() { code, answer = hangUpInTheMiddle(t, s, signed(t, secret, now, updated), updated) })
	checkRefusal(t, s, "hung up in the middle", code, 400, answer, lines, before)
}

func checkRefusal(t *testing.T, s *testkit.Studio, name string, status, want int, answer string, lines []string, before string) {
	t.Helper()
	if status != want {
		t.Errorf("%s: %d %s, want %d", name, status, answer, want)
	}
	if after := content(t, s); after != before {
		t.Errorf("%s: the database changed:\n%s\n%s", name, before, after)
	}
	if len(lines) != 1 {
		t.Errorf("%s: %d lines in the log: %q", name, len(lines), lines)
	}
	for _, said := range append(lines, answer) {
		for _, private := range []string{"Zebedee", "zebedee", "Quentin", "quentin", "Private", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", forged[3:20]} {
			if strings.Contains(said, private) {
				t.Errorf("%s: %q is in %s", name, private, said)
			}
		}
	}
}

// hangUpInTheMiddle sends half of the body that it announced and closes the connection.
func hangUpInTheMiddle(t *testing.T, s *testkit.Studio, header http.Header, body []byte) (status int, answer string) {
	t.Helper()
	conn, err := net.Dial("tcp", strings.TrimPrefix(s.URL, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	var request bytes.Buffer
	fmt.Fprintf(&request, "POST %s HTTP/1.1\r\nHost: x\r\nContent-Length: %d\r\n", hookPath, len(body))
	if err := header.Write(&request); err != nil {
		t.Fatal(err)
	}
	request.WriteString("\r\n")
	request.Write(body[:len(body)/2])
	if _, err := conn.Write(request.Bytes()); err != nil {
		t.Fatal(err)
	}
	if err := conn.(*net.TCPConn).CloseWrite(); err != nil {
		t.Fatal(err)
	}
	response, err := http.ReadResponse(bufio.NewReader(conn), nil)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	raw, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, string(raw)
}

func TestOtherEventTypesAreIgnored(t *testing.T) {
	s := hooked(t)
	before := content(t, s)
	for _, body := range []string{
		`{"type":"session.created","data":{"id":"sess_1","user_id":"user_1"}}`, `{"type":"organization.created","data":null}`,
		`{"type":"user.createdAtLast","data":{"id":"user_1"}}`, `{"type":"email.created"}`, `{"type":"USER.DELETED","data":{"id":"user_1"}}`,
	} {
		deliver(t, s, []byte(body), http.StatusNoContent)
	}
	if after := content(t, s); after != before {
		t.Errorf("the database changed:\n%s", after)
	}
}

func TestWithoutASecretThereIsNoWebhook(t *testing.T) {
	s := testkit.New(t, nil)
	body := person{id: "user_1", first: "Ann", email: "ann@example.com", at: 1}.event(t, "created")
	for name, header := range map[string]http.Header{"signed": signed(t, secret, time.Now(), body), "signed with nothing": signed(t, "", time.Now(), body), "bare": {}} {
		if status, answer := post(t, s, header, bytes.NewReader(body)); status != http.StatusNotFound {
			t.Errorf("%s: %d %s", name, status, answer)
		}
	}
	if answer := s.Do("POST", signInPath, "", map[string]any{"token": "x"}); answer.Status != http.StatusNotFound {
		t.Errorf("token sign-in: %d", answer.Status)
	}
}
