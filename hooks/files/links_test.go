package files_test

import (
	"crypto/hmac"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks"
	"greenroom/hooks/access"
	"greenroom/hooks/config"
	"greenroom/hooks/testkit"
)

func TestLinkGuard(t *testing.T) {
	everywhere(t, func(t *testing.T, p *place) {
		s := testkit.New(t, p.environment)
		ana, ben := newDesk(s, "ana"), newDesk(s, "ben")
		id := ana.send(t, "take.wav", "hello")["id"]
		ask := func(id any, query, token string) testkit.Answer {
			return s.Do("GET", fmt.Sprintf("/api/portal/attachments/%v/link%s", id, query), token, nil)
		}
		for name, tc := range map[string]struct {
			answer testkit.Answer
			status int
		}{
			"theirs":                     {ask(id, "", ana.token), 200},
			"the owner's":                {ask(id, "", s.Owner), 200},
			"the owner's as that client": {ask(id, "?as="+ana.client.Id, s.Owner), 200},
			"the owner's as another":     {ask(id, "?as="+ben.client.Id, s.Owner), 404},
			"somebody else's":            {ask(id, "", ben.token), 404},
			"a client's as another":      {ask(id, "?as="+ana.client.Id, ben.token), 403},
			"nobody's":                   {ask(id, "", ""), 401},
		} {
			if tc.answer.Status != tc.status {
				t.Errorf("%s: %d %s", name, tc.answer.Status, tc.answer.Raw)
			}
			if tc.status != 200 {
				continue
			}
			if response, got := fetch(t, tc.answer.JSON()["url"].(string)); string(got) != "hello" {
				t.Errorf("%s: %d %s", name, response.StatusCode, got)
			}
			expires, err := time.Parse(time.RFC3339, fmt.Sprint(tc.answer.JSON()["expires"]))
			if in := time.Until(expires); err != nil || in <= 0 || in > time.Hour {
				t.Errorf("%s: expires %v", name, tc.answer.JSON()["expires"])
			}
		}
		foreign, missing := ask(id, "", ben.token), ask("nosuchrecord123", "", ben.token)
		if string(foreign.Raw) != string(missing.Raw) || foreign.Message() != access.NotHere {
			t.Errorf("a foreign and a missing file can be told apart: %s %s", foreign.Raw, missing.Raw)
		}
	})
}

// A signed link opens one file, for one viewer, until it expires; every change to it is refused.
func TestASignedLinkIsGoodForOneFileOnly(t *testing.T) {
	s := testkit.New(t, nil)
	ana, ben := newDesk(s, "ana"), newDesk(s, "ben")
	mine, other := ana.send(t, "take.wav", "hello"), ben.send(t, "secret.wav", "secret")
	good := ana.link(t, mine["id"])

	with := func(change func(u *url.URL, q url.Values)) string {
		u, err := url.Parse(good)
		if err != nil {
			t.Fatal(err)
		}
		q := u.Query()
		change(u, q)
		u.RawQuery = q.Encode()
		return u.String()
	}
	for name, address := range map[string]string{
		"another's file": with(func(u *url.URL, q url.Values) {
			u.Path = fmt.Sprintf("/api/portal/files/%v/%v", other["id"], other["file"])
		}),
		"another name": with(func(u *url.URL, q url.Values) {
			u.Path = fmt.Sprintf("/api/portal/files/%v/%v", mine["id"], "index.html")
		}),
		"a path":              with(func(u *url.URL, q url.Values) { u.Path = fmt.Sprintf("/api/portal/files/%v/../data.db", mine["id"]) }),
		"a later end":         with(func(u *url.URL, q url.Values) { q.Set("expires", fmt.Sprint(time.Now().Add(2*time.Hour).Unix())) }),
		"no end":              with(func(u *url.URL, q url.Values) { q.Del("expires") }),
		"somebody else":       with(func(u *url.URL, q url.Values) { q.Set("for", ben.client.Id) }),
		"the owner":           with(func(u *url.URL, q url.Values) { q.Set("for", "owner") }),
		"another signature":   with(func(u *url.URL, q url.Values) { q.Set("signature", strings.Repeat("0", 64)) }),
		"no signature":        with(func(u *url.URL, q url.Values) { q.Del("signature") }),
		"a signature of none": with(func(u *url.URL, q url.Values) { q.Set("signature", "") }),
	} {
		if response, got := fetch(t, address); response.StatusCode != 404 {
			t.Errorf("%s: %d %s", name, response.StatusCode, got)
		}
	}

	clients, err := s.App.FindCollectionByNameOrId("clients")
	if err != nil {
		t.Fatal(err)
	}
	for name, end := range map[string]time.Duration{"that has expired": -time.Second, "of a clock an hour ahead": 2 * time.Hour, "of a clock a day ahead": 25 * time.Hour,
		"of a clock a year ahead": 366 * 24 * time.Hour} {
		expires := time.Now().Add(end).Unix()
		mac := hmac.New(sha256.New, []byte(clients.FileToken.Secret))
		fmt.Fprintf(mac, "greenroom link\n%s\n%s\n%d", mine["id"], ana.client.Id, expires)
		expired := with(func(u *url.URL, q url.Values) {
			q.Set("expires", fmt.Sprint(expires))
			q.Set("signature", hex.EncodeToString(mac.Sum(nil)))
		})
		if response, got := fetch(t, expired); response.StatusCode != 403 || !strings.Contains(string(got), "expired") {
			t.Errorf("a link %s: %d %s", name, response.StatusCode, got)
		}
	}

	if response, got := fetch(t, good, "Range", "bytes=1-3"); response.StatusCode != 206 || string(got) != "ell" {
		t.Errorf("a part of it: %d %s", response.StatusCode, got)
	}
	ana.client.Set("archivedAt", "2026-01-01 00:00:00.000Z")
	if err := s.App.Save(ana.client); err != nil {
		t.Fatal(err)
	}
	if response, got := fetch(t, good); response.StatusCode != 404 {
		t.Errorf("after its holder was archived: %d %s", response.StatusCode, got)
	}
}

// A page with a script does not run in the studio's origin by any route to the file, PocketBase's own included.
func TestNothingRunsFromOurOrigin(t *testing.T) {
	everywhere(t, func(t *testing.T, p *place) {
		s := testkit.New(t, p.environment)
		ana := newDesk(s, "ana")
		for name, content := range map[string]string{
			"page.png": "<!DOCTYPE html><script>alert(1)</script>",
			"run.wav":  "#!/usr/bin/env node\nalert(1)",
			"logo.jpg": `<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>`,
		} {
			record := ana.send(t, name, content)
			token := s.Do("POST", "/api/files/token", ana.token, nil).JSON()["token"]
			own := fmt.Sprintf("%s/api/files/attachments/%v/%v?token=%v", s.URL, record["id"], record["file"], token)
			for _, address := range []string{ana.link(t, record["id"]), own, own + "&thumb=100x100"} {
				response, got := fetch(t, address)
				header := response.Header
				if string(got) != content || !strings.HasPrefix(header.Get("Content-Disposition"), "attachment;") || !strings.HasPrefix(header.Get("Cache-Control"), "private, max-age=300") {
					t.Errorf("%s comes as %d %v", name, response.StatusCode, header)
				}
				if header.Get("Content-Type") != "application/octet-stream" {
					t.Errorf("%s comes as %v", name, header)
				}
				if ours := strings.HasPrefix(address, s.URL); ours && (header.Get("X-Content-Type-Options") != "nosniff" || !strings.Contains(header.Get("Content-Security-Policy"), "sandbox")) {
					t.Errorf("%s comes as %d %v", name, response.StatusCode, header)
				}
			}
		}
		sound := ana.send(t, "mix.flac", "fLaC\x00\x00\x00\x22")
		token := s.Do("POST", "/api/files/token", ana.token, nil).JSON()["token"]
		own := fmt.Sprintf("%s/api/files/attachments/%v/%v?token=%v", s.URL, sound["id"], sound["file"], token)
		if response, _ := fetch(t, own); response.Header.Get("Content-Type") != "audio/flac" || !strings.HasPrefix(response.Header.Get("Content-Disposition"), "inline;") {
			t.Errorf("a mix comes as %v", response.Header)
		}
		if response, _ := fetch(t, own+"&download=1"); !strings.HasPrefix(response.Header.Get("Content-Disposition"), "attachment;") {
			t.Errorf("a mix to save comes as %v", response.Header)
		}
		toSave := s.Do("GET", fmt.Sprintf("/api/portal/attachments/%v/link?download=1", sound["id"]), ana.token, nil).JSON()["url"]
		response, _ := fetch(t, toSave.(string))
		if response.Header.Get("Content-Type") != "audio/flac" || !strings.HasPrefix(response.Header.Get("Content-Disposition"), "attachment;") {
			t.Errorf("a mix by a link to save comes as %v", response.Header)
		}
	})
}

// A download that takes longer than the server's write timeout is not cut off.
func TestASlowDownloadIsNotCut(t *testing.T) {
	const limit = 300 * time.Millisecond
	dir := testkit.Dir(t)
	s := testkit.Open(t, dir, nil)
	ana := newDesk(s, "ana")
	content := noise(24 << 20) // more than the connection's buffers hold
	record := ana.send(t, "mix.wav", content)
	url := ana.link(t, record["id"])
	fileToken := s.Do("POST", "/api/files/token", ana.token, nil).JSON()["token"]
	protected := fmt.Sprintf("%s/api/files/attachments/%v/%v?token=%v", s.URL, record["id"], record["file"], fileToken)

	hurried := hurry(t, dir, limit)
	for name, address := range map[string]string{"our link": url, "PocketBase's": protected} {
		t.Run(name, func(t *testing.T) {
			began := time.Now()
			response, err := http.Get(strings.Replace(address, s.URL, hurried, 1))
			if err != nil {
				t.Fatal(err)
			}
			defer response.Body.Close()
			for time.Since(began) < 3*limit { // the reader pauses, as in a tunnel, and the server waits
				time.Sleep(limit / 10)
			}
			if got := sum(t, response.Body); got != sum(t, strings.NewReader(content)) {
				t.Errorf("what came is not what was sent")
			}
		})
	}
}

// hurry serves the data directory by a second studio, whose write timeout is limit.
func hurry(t *testing.T, dir string, limit time.Duration) (url string) {
	t.Helper()
	app := core.NewBaseApp(core.BaseAppConfig{DataDir: dir})
	c, err := config.Parse(nil)
	if err != nil {
		t.Fatal(err)
	}
	hooks.Register(app, c)
	if err := app.Bootstrap(); err != nil {
		t.Fatal(err)
	}
	listener := listen(t)
	ended := make(chan error, 1)
	app.OnServe().BindFunc(func(e *core.ServeEvent) error {
		e.Listener, e.InstallerFunc = listener, nil
		e.Server.WriteTimeout, e.Server.ReadTimeout = limit, limit
		return e.Next()
	})
	go func() { ended <- apis.Serve(app, apis.ServeConfig{}) }()
	t.Cleanup(func() {
		event := new(core.TerminateEvent)
		event.App = app
		err := app.OnTerminate().Trigger(event, func(e *core.TerminateEvent) error { return nil })
		if err := errors.Join(err, <-ended, app.ClearBootstrap()); err != nil {
			t.Error(err)
		}
	})
	return "http://" + listener.Addr().String()
}
