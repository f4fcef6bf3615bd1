package files_test

import (
	"fmt"
	"io"
	"net"
	"strings"
	"testing"

	"greenroom/hooks/testkit"
)

// Links begin with the configured address, whatever Host header a proxy sends.
func TestLinksBeginWithTheConfiguredAddress(t *testing.T) {
	s := testkit.New(t, map[string]string{"GREENROOM_URL": "https://studio.example.com"})
	ana := newDesk(s, "ana")
	id := ana.ask(ana.token, nil).JSON()["id"]
	u := &sending{t: t, url: s.URL, token: ana.token, Id: fmt.Sprint(id), Kind: "tus", URL: s.URL + "/api/portal/uploads/" + fmt.Sprint(id),
		Part: 8 << 20, Parts: 1, content: strings.NewReader("hello"), size: 5}
	if answer := ana.ask(ana.token, nil); !strings.HasPrefix(fmt.Sprint(answer.JSON()["url"]), "https://studio.example.com/api/portal/uploads/") {
		t.Errorf("an upload goes to %s", answer.Raw)
	}
	u.rest()
	if link := ana.link(t, u.complete()["id"]); !strings.HasPrefix(link, "https://studio.example.com/api/portal/files/") {
		t.Errorf("a link leads to %s", link)
	}
}

// The Host header may be as Apache and nginx send it by default, with a port, in capitals, or absent.
func TestLinksWhateverHostAProxySends(t *testing.T) {
	const local = "HTTP/1.1\r\nHost: studio.local:8090"
	for name, c := range map[string]struct{ address, proxies, request, begins string }{
		"nginx by default":           {"https://studio.example.com", "", "HTTP/1.0\r\nHost: 127.0.0.1:8090", "https://studio.example.com/"},
		"with a port":                {"https://studio.example.com", "", "HTTP/1.1\r\nHost: studio.example.com:443", "https://studio.example.com/"},
		"in capitals":                {"https://studio.example.com", "", "HTTP/1.1\r\nHost: STUDIO.Example.Com", "https://studio.example.com/"},
		"another site's":             {"https://studio.example.com", "", "HTTP/1.1\r\nHost: evil.example", "https://studio.example.com/"},
		"no Host":                    {"https://studio.example.com", "", "HTTP/1.0", "https://studio.example.com/"},
		"no Host, no address is set": {"", "", "HTTP/1.0", "/api/portal/files/"},
		"no address is set":          {"", "", local, "http://studio.local:8090/"},
		"https at a proxy":           {"", "127.0.0.1", local + "\r\nX-Forwarded-Proto: https", "https://studio.local:8090/"},
		"https at the first of two":  {"", "127.0.0.0/8", local + "\r\nX-Forwarded-Proto: HTTPS, http", "https://studio.local:8090/"},
		"http at a proxy":            {"", "127.0.0.1", local + "\r\nX-Forwarded-Proto: http", "http://studio.local:8090/"},
		"a proxy that says nothing":  {"", "127.0.0.1", local, "http://studio.local:8090/"},
		"nobody's proxy":             {"", "", local + "\r\nX-Forwarded-Proto: https", "http://studio.local:8090/"},
		"another proxy is trusted":   {"", "10.0.0.0/8", local + "\r\nX-Forwarded-Proto: https", "http://studio.local:8090/"},
		"an address is set":          {"http://studio.example.com", "127.0.0.1", local + "\r\nX-Forwarded-Proto: https", "http://studio.example.com/"},
	} {
		environment := map[string]string{}
		for name, value := range map[string]string{"GREENROOM_URL": c.address, "GREENROOM_TRUSTED_PROXIES": c.proxies} {
			if value != "" {
				environment[name] = value
			}
		}
		s := testkit.New(t, environment)
		ana := newDesk(s, "ana")
		file := s.Make("attachments", map[string]any{"file": testkit.Document(t, "hello"), "project": ana.project.Id})
		for what, asked := range map[string]struct{ request, begins string }{
			"file":    {"GET /api/portal/attachments/" + file.Id + "/link", c.begins},
			"feed":    {"POST /api/portal/feed", strings.Replace(c.begins, "files/", "", 1)},
			"archive": {"GET /api/portal/projects/" + ana.project.Id + "/archive", "/api/portal/projects/"},
		} {
			connection, err := net.Dial("tcp", strings.TrimPrefix(s.URL, "http://"))
			if err != nil {
				t.Fatal(err)
			}
			defer connection.Close()
			fmt.Fprintf(connection, "%s %s\r\nAuthorization: %s\r\nConnection: close\r\n\r\n", asked.request, c.request, ana.token)
			raw, err := io.ReadAll(connection)
			if err != nil {
				t.Fatal(err)
			}
			if !strings.Contains(string(raw), `"url":"`+asked.begins) {
				t.Errorf("%s, %s: %s", name, what, raw)
			}
		}
	}
}
