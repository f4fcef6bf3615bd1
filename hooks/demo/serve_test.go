package demo

import (
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"time"

	"greenroom/hooks/testkit"

	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/mails"
	"github.com/pocketbase/pocketbase/tools/hook"
)

// serve runs the server until the test ends and returns its address, or the error of its start.
func (a studioApp) serve(t *testing.T, address string) (url string, err error) {
	t.Helper()
	listening := make(chan string, 1)
	// This handler runs before the demo's own.
	a.OnServe().Bind(&hook.Handler[*core.ServeEvent]{Priority: -1, Func: func(e *core.ServeEvent) error {
		if strings.HasSuffix(address, ":0") {
			listener, err := net.Listen("tcp", address)
			if err != nil {
				return err
			}
			e.Listener = listener
		}
		e.InstallerFunc = nil
		if err := e.Next(); err != nil {
			if e.Listener != nil {
				e.Listener.Close()
			}
			return err
		}
		listening <- listensOn(e)
		return nil
	}})
	ended := make(chan error, 1)
	go func() { ended <- apis.Serve(a.PocketBase, apis.ServeConfig{HttpAddr: address}) }()
	select {
	case err := <-ended:
		return "", err
	case at := <-listening:
		t.Cleanup(func() {
			if err := errors.Join(a.end(), <-ended); err != nil {
				t.Error(err)
			}
		})
		return "http://" + at, nil
	}
}

func TestDemoIsServedOnThisMachineAlone(t *testing.T) {
	for _, c := range []struct {
		name, address string
		app           func(t *testing.T) studioApp
		served        bool
	}{
		{"all addresses", "0.0.0.0:18473", loaded, false},
		{"no address", ":18473", loaded, false},
		{"all addresses of IPv6", "[::]:18473", loaded, false},
		{"another machine's name", "greenroom.example:18473", loaded, false},
		{"what a domain is served on", "0.0.0.0:443", loaded, false},
		{"a listener on all addresses", "0.0.0.0:0", loaded, false},
		{"this machine", "127.0.0.1:0", loaded, true},
		{"this machine by IPv6", "[::1]:0", loaded, true},
		{"this machine by name", "localhost:" + freePort(t), loaded, true},
		{"an ordinary studio on all addresses", "0.0.0.0:0", migrated, true},
	} {
		t.Run(c.name, func(t *testing.T) {
			app := c.app(t)
			_, err := app.serve(t, c.address)
			if c.served {
				if err != nil {
					t.Errorf("it is not served: %v", err)
				}
				return
			}
			if err == nil || !strings.Contains(err.Error(), "127.0.0.1") || strings.Contains(err.Error(), "\n") {
				t.Errorf("the error is %v; want one sentence that says where it can be served", err)
			}
			if said := app.said.String(); said != "" {
				t.Errorf("it was not served and still said:\n%s", said)
			}
		})
	}
}

func TestServerTellsHowToSignIn(t *testing.T) {
	app := loaded(t)
	url, err := app.serve(t, "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{"made up, Google Calendar and Stripe too.\n", "Portal: " + url + "/\n", "Dashboard: " + url + "/_/\n", ownerEmail, ownerPassword, clientEmail} {
		if !strings.Contains(app.said.String(), want) {
			t.Errorf("%q is not in:\n%s", want, app.said)
		}
	}
	answer := post(t, url+"/api/collections/_superusers/auth-with-password", map[string]string{"identity": ownerEmail, "password": ownerPassword})
	if answer["token"] == nil {
		t.Errorf("the owner cannot sign in: %v", answer)
	}
}

func TestPrintedCodeSignsTheClientIn(t *testing.T) {
	app := loaded(t)
	url, err := app.serve(t, "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	asked := post(t, url+"/api/collections/clients/request-otp", map[string]string{"email": clientEmail})
	printed := regexp.MustCompile(`(?m)^Sign-in code for mara@example\.com: (\d{8})$`)
	testkit.Eventually(t, "the code is printed", func() bool { return printed.MatchString(app.said.String()) })
	code := printed.FindStringSubmatch(app.said.String())[1]
	answer := post(t, url+"/api/collections/clients/auth-with-otp", map[string]any{"otpId": asked["otpId"], "password": code})
	if answer["token"] == nil {
		t.Errorf("the printed code does not sign in: %v", answer)
	}
}

func TestOrdinaryStudioSaysNothing(t *testing.T) {
	app := migrated(t)
	clients, err := app.FindCollectionByNameOrId("clients")
	if err != nil {
		t.Fatal(err)
	}
	client := core.NewRecord(clients)
	client.SetEmail(clientEmail)
	if err := app.Save(client); err != nil {
		t.Fatal(err)
	}
	url, err := app.serve(t, "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	post(t, url+"/api/collections/clients/request-otp", map[string]string{"email": clientEmail})
	testkit.Eventually(t, "the code is mailed", func() bool {
		mails, err := os.ReadDir(filepath.Join(app.DataDir(), "outbox"))
		return err == nil && len(mails) > 0
	})
	if err := mails.SendRecordOTP(app, client, "", "12345678"); err != nil { // returns after every hook
		t.Fatal(err)
	}
	if said := app.said.String(); said != "" {
		t.Errorf("an ordinary studio said:\n%s", said)
	}
}

func TestMaraFindsSomethingInEveryPartOfHerPortal(t *testing.T) {
	app := empty(t)
	if _, err := Load(app, time.Now()); err != nil {
		t.Fatal(err)
	}
	url, err := app.serve(t, "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	mara, err := app.FindAuthRecordByEmail("clients", clientEmail)
	if err != nil {
		t.Fatal(err)
	}
	token, err := mara.NewAuthToken()
	if err != nil {
		t.Fatal(err)
	}
	overview := get(t, url+"/api/portal/overview", token)
	waiting, _ := overview["waiting"].(map[string]any)
	for name, part := range map[string]any{
		"projects": overview["projects"], "sessions": overview["latestSessions"], "deliverables that wait": waiting["deliverables"],
		"action items that wait": waiting["actionItems"], "comments that wait": waiting["comments"],
	} {
		if elements, _ := part.([]any); len(elements) == 0 {
			t.Errorf("the dashboard shows no %s", name)
		}
	}
	if next, _ := overview["nextBooking"].(map[string]any); next["meetUrl"] == nil || next["meetUrl"] == "" {
		t.Errorf("the next booking cannot be joined: %v", next)
	}
	bookings := get(t, url+"/api/portal/bookings", token)
	if next, _ := bookings["nextCursor"].(string); next == "" {
		t.Error("the past bookings fit on one page")
	}
}

func freePort(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp", "localhost:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	_, port, _ := net.SplitHostPort(listener.Addr().String())
	return port
}

func post(t *testing.T, url string, body any) map[string]any {
	t.Helper()
	content, err := json.Marshal(body)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.Post(url, "application/json", strings.NewReader(string(content)))
	return object(t, response, err)
}

func get(t *testing.T, url, token string) map[string]any {
	t.Helper()
	request, err := http.NewRequest(http.MethodGet, url, nil)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Authorization", token)
	response, err := http.DefaultClient.Do(request)
	return object(t, response, err)
}

func object(t *testing.T, response *http.Response, err error) (out map[string]any) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if err := json.NewDecoder(response.Body).Decode(&out); err != nil {
		t.Fatal(fmt.Errorf("%s: %w", response.Status, err))
	}
	return out
}
