package cli

import (
	"archive/zip"
	"bufio"
	"context"
	"encoding/json"
	"io"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"greenroom/hooks/testkit"

	"github.com/pocketbase/pocketbase/core"
)

func TestArchivingReachesTheRunningServer(t *testing.T) {
	dir := testkit.Dir(t)
	s := serve(t, dir)
	client := save(t, s, "clients", map[string]any{"email": "nora@example.com"})
	token, err := client.NewAuthToken()
	if err != nil {
		t.Fatal(err)
	}
	if status := get(t, s.url+"/api/portal/overview", token); status != http.StatusOK {
		t.Fatalf("before: %d", status)
	}
	ended := subscribe(t, s.url, token)

	must(t, open(t, dir), "client", "archive", "nora@example.com")
	select {
	case <-ended:
	case <-time.After(time.Minute):
		t.Error("the live connection is still open")
	}
	if status := get(t, s.url+"/api/portal/overview", token); status != http.StatusUnauthorized {
		t.Errorf("the token still gets %d", status)
	}
	if must(t, open(t, dir), "client", "restore", "nora@example.com"); get(t, s.url+"/api/portal/overview", token) != http.StatusUnauthorized {
		t.Error("restoring brought the old sign-in back")
	}
}

func get(t *testing.T, url, token string) (status int) {
	t.Helper()
	request, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", token)
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	return response.StatusCode
}

// subscribe opens a live connection to the topic portal. The channel closes when the server ends it.
func subscribe(t *testing.T, url, token string) (ended chan struct{}) {
	t.Helper()
	ctx, cancel := context.WithCancel(context.Background())
	t.Cleanup(cancel)
	request, err := http.NewRequestWithContext(ctx, http.MethodGet, url+"/api/realtime", nil)
	if err != nil {
		t.Fatal(err)
	}
	stream, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	lines := bufio.NewReader(stream.Body)
	var connected struct {
		ClientId string `json:"clientId"`
	}
	for connected.ClientId == "" {
		line, err := lines.ReadString('\n')
		if err != nil {
			t.Fatal(err)
		}
		if data, ok := strings.CutPrefix(line, "data:"); ok {
			if err := json.Unmarshal([]byte(data), &connected); err != nil {
				t.Fatal(err)
			}
		}
	}
	body := `{"clientId":"` + connected.ClientId + `","subscriptions":["portal"]}`
	request, err = http.NewRequest(http.MethodPost, url+"/api/realtime", strings.NewReader(body))
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", token)
	request.Header.Set("Content-Type", "application/json")
	response, err := http.DefaultClient.Do(request)
	if err != nil {
		t.Fatal(err)
	}
	response.Body.Close()
	if response.StatusCode != http.StatusNoContent {
		t.Fatalf("subscribe: %d", response.StatusCode)
	}
	ended = make(chan struct{})
	go func() {
		defer close(ended)
		defer stream.Body.Close()
		_, _ = io.Copy(io.Discard, lines)
	}()
	return ended
}

func TestChangesAreTheSameEitherWay(t *testing.T) {
	for name, tc := range map[string]struct{ server, owner bool }{
		"with a server":                   {true, true},
		"with a server that has no owner": {true, false}, // no owner exists whose token could be used
		"without a server":                {false, false},
	} {
		t.Run(name, func(t *testing.T) {
			dir := testkit.Dir(t)
			var heard atomic.Bool
			if tc.server {
				s := serve(t, dir)
				s.OnRecordAfterCreateSuccess("clients").BindFunc(func(e *core.RecordEvent) error { heard.Store(true); return e.Next() })
				if !tc.owner {
					if _, err := s.NonconcurrentDB().NewQuery("DELETE FROM _superusers").Execute(); err != nil {
						t.Fatal(err)
					}
				}
			}
			app := open(t, dir)
			writer, err := OpenWriter(app)
			if err != nil {
				t.Fatal(err)
			}
			client, err := writer.Create("clients", map[string]any{"email": "nora@example.com", "name": "Nora"})
			if err != nil {
				t.Fatal(err)
			}
			if byServer := tc.server && tc.owner; heard.Load() != byServer {
				t.Errorf("the server made the change: %v, want %v", heard.Load(), byServer)
			}
			if client, err = writer.Update("clients", client.Id, map[string]any{"company": "Blue Band"}); err != nil || client.GetString("company") != "Blue Band" || client.GetString("name") != "Nora" {
				t.Errorf("updated: %v, %v", client, err)
			}
			refused := func(_ *core.Record, err error) string {
				if err == nil {
					return ""
				}
				return err.Error()
			}
			for want, got := range map[string]string{
				"Another client has this email address; capitals make no difference.": refused(writer.Create("clients", map[string]any{"email": "NORA@example.com"})),
				"email: cannot be blank.": refused(writer.Create("clients", map[string]any{})),
				"client: cannot be blank. serviceType: cannot be blank. title: cannot be blank.": refused(writer.Create("projects", map[string]any{})),
				"email: must be a valid email address.":                                          refused(writer.Update("clients", client.Id, map[string]any{"email": "x"})),
			} {
				if got != want {
					t.Errorf("got %q, want %q", got, want)
				}
			}
			if got := refused(writer.Create("nothing", nil)); got == "" || strings.Contains(got, "\n") {
				t.Errorf("no such collection: %q", got)
			}
			if got := refused(writer.Update("clients", "nobody", nil)); got == "" || strings.Contains(got, "\n") {
				t.Errorf("no such record: %q", got)
			}
		})
	}
}

func TestTheListOfSuperuserAddressesHoldsForThisMachineToo(t *testing.T) {
	for ip, says := range map[string]string{"127.0.0.1": "", "203.0.113.7": "add 127.0.0.1 to the superuser IPs"} {
		t.Run(ip, func(t *testing.T) {
			dir := testkit.Dir(t)
			app := open(t, dir)
			if err := UpToDate(app); err != nil {
				t.Fatal(err)
			}
			// This is set before the server starts, because PocketBase's settings race with its server.
			app.Settings().SuperuserIPs = []string{ip}
			if err := app.Save(app.Settings()); err != nil {
				t.Fatal(err)
			}
			serve(t, dir)
			_, err := execute(t, app, "client", "add", "nora@example.com")
			if (err == nil) != (says == "") || err != nil && !strings.Contains(err.Error(), says) {
				t.Errorf("got %v", err)
			}
		})
	}
}

func TestSocket(t *testing.T) {
	dir := testkit.Dir(t)
	path := filepath.Join(dir, socketName)
	leftBehind(t, path)

	s := serve(t, dir)
	if info, err := os.Stat(path); err != nil || info.Mode().Perm() != 0o600 || info.Mode().Type() != os.ModeSocket {
		t.Fatalf("the socket: %v, %v", info, err)
	}
	if answers(path) == false {
		t.Fatal("what a killed server left was not replaced")
	}

	other := serve(t, dir) // a second server on the same directory, by mistake
	other.stop()
	if !answers(path) {
		t.Error("a second server took the first one's socket away")
	}

	if err := s.CreateBackup(context.Background(), "test.zip"); err != nil {
		t.Fatalf("a backup beside the socket: %v", err)
	}
	backup, err := zip.OpenReader(filepath.Join(dir, "backups", "test.zip"))
	if err != nil {
		t.Fatal(err)
	}
	defer backup.Close()
	for _, file := range backup.File {
		if file.Name == socketName {
			t.Error("the socket is in the backup")
		}
	}

	s.stop()
	if _, err := os.Lstat(path); !os.IsNotExist(err) {
		t.Errorf("the socket stayed behind: %v", err)
	}
}

func TestAServerRunsWithoutASocketWhereThePathIsTooLong(t *testing.T) {
	dir := filepath.Join(t.TempDir(), strings.Repeat("long", 25))
	if err := os.Mkdir(dir, 0o700); err != nil {
		t.Fatal(err)
	}
	testkit.Fill(t, dir)
	s := serve(t, dir)
	if status := get(t, s.url+"/api/health", ""); status != http.StatusOK {
		t.Errorf("health: %d", status)
	}
	must(t, open(t, dir), "client", "add", "nora@example.com")
}

// leftBehind makes a socket file without a listener, as a killed server leaves it.
func leftBehind(t *testing.T, path string) {
	t.Helper()
	listener, err := net.Listen("unix", path)
	if err != nil {
		t.Fatal(err)
	}
	listener.(*net.UnixListener).SetUnlinkOnClose(false)
	if err := listener.Close(); err != nil {
		t.Fatal(err)
	}
}

func answers(path string) bool {
	connection, err := net.Dial("unix", path)
	if err != nil {
		return false
	}
	return connection.Close() == nil
}
