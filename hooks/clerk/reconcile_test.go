package clerk

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"strconv"
	"strings"
	"testing"

	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/config"
	_ "greenroom/pb_migrations"
)

// clerkAPI answers GET /v1/users as Clerk does, page by page, for the right key.
func clerkAPI(t *testing.T, key string, users []user) string {
	t.Helper()
	server := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if r.Header.Get("Authorization") != "Bearer "+key {
			http.Error(w, `{"errors":[]}`, http.StatusUnauthorized)
			return
		}
		if id, one := strings.CutPrefix(r.URL.Path, "/v1/users/"); one {
			if id != "user_late" { // this user signed up after the list was read
				http.NotFound(w, r)
				return
			}
			if err := json.NewEncoder(w).Encode(known(id, "late@example.com", "")); err != nil {
				t.Error(err)
			}
			return
		}
		limit, _ := strconv.Atoi(r.URL.Query().Get("limit"))
		offset, _ := strconv.Atoi(r.URL.Query().Get("offset"))
		page := users[min(offset, len(users)):min(offset+limit, len(users))]
		if err := json.NewEncoder(w).Encode(page); err != nil {
			t.Error(err)
		}
	}))
	t.Cleanup(server.Close)
	return server.URL + "/v1"
}

func newStudio(t *testing.T) core.App {
	t.Helper()
	app := core.NewBaseApp(core.BaseAppConfig{DataDir: t.TempDir()})
	if err := app.Bootstrap(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := app.ClearBootstrap(); err != nil {
			t.Error(err)
		}
	})
	if err := app.RunAllMigrations(); err != nil {
		t.Fatal(err)
	}
	return app
}

func made(t *testing.T, app core.App, email, clerkId string) *core.Record {
	t.Helper()
	collection, err := app.FindCollectionByNameOrId("clients")
	if err != nil {
		t.Fatal(err)
	}
	client := core.NewRecord(collection)
	client.SetEmail(email)
	client.Set("clerkId", clerkId)
	client.SetRandomPassword()
	if err := app.Save(client); err != nil {
		t.Fatal(err)
	}
	return client
}

func reconcileAt(t *testing.T, app core.App, api, key string, args ...string) (string, error) {
	t.Helper()
	command := reconcileCommand(app, config.Config{ClerkSecretKey: key}, api)
	out := new(bytes.Buffer)
	command.SetOut(out)
	command.SetErr(out)
	command.SetArgs(args)
	err := command.Execute()
	return out.String(), err
}

func TestReconcileShowsFirstAndMakesOnApply(t *testing.T) {
	app := newStudio(t)
	before := made(t, app, "ana@example.com", "")
	left := made(t, app, "ben@example.com", "user_gone")
	late := made(t, app, "late@example.com", "user_late")
	made(t, app, "cat@example.com", "user_cat")
	token, err := left.NewAuthToken()
	if err != nil {
		t.Fatal(err)
	}
	users := []user{known("user_ana", "Ana@example.com", "Ana Söder"), known("user_new", "new@example.com", ""), known("user_unverified", "", ""), known("user_cat", "cat@example.com", "")}
	for i := range 1200 { // more than two pages
		users = append(users, known(fmt.Sprintf("user_unverified%d", i), "", ""))
	}
	api := clerkAPI(t, "sk_right", users)

	shown, err := reconcileAt(t, app, api, "sk_right")
	if err != nil {
		t.Fatal(err)
	}
	for _, line := range []string{"Clerk has 1204 users.", "linked: ana@example.com, user_ana.", "created a client: new@example.com, user_new.", "unlinked: ben@example.com, user_gone.",
		"Nothing was changed. Add --apply to make these changes."} {
		if !strings.Contains(shown, line+"\n") {
			t.Errorf("no line %q in:\n%.600s", line, shown)
		}
	}
	if again, err := app.FindRecordById("clients", before.Id); err != nil || again.GetString("clerkId") != "" {
		t.Errorf("a look changed something: %v", err)
	}

	if _, err := reconcileAt(t, app, api, "sk_right", "--apply"); err != nil {
		t.Fatal(err)
	}
	if now, err := app.FindRecordById("clients", before.Id); err != nil || now.GetString("clerkId") != "user_ana" || now.GetString("name") != "Ana Söder" {
		t.Errorf("not linked: %v", err)
	}
	if _, err := app.FindAuthRecordByEmail("clients", "new@example.com"); err != nil {
		t.Errorf("not made: %v", err)
	}
	if now, err := app.FindRecordById("clients", left.Id); err != nil || now.GetString("clerkId") != "" {
		t.Errorf("not unlinked: %v", err)
	}
	if now, err := app.FindRecordById("clients", late.Id); err != nil || now.GetString("clerkId") != "user_late" {
		t.Errorf("a user who is only absent from the list was unlinked: %v", err)
	}
	if _, err := app.FindAuthRecordByToken(token); err == nil {
		t.Error("the token of a user who is gone still works")
	}
}

// TestReconcileGoesOnPastAClientThatIsGone: a client of the list that was unlinked or deleted while Clerk was asked ends
// neither the look, which must change nothing, nor the changes to the others.
func TestReconcileGoesOnPastAClientThatIsGone(t *testing.T) {
	app := newStudio(t)
	s := &service{app: app, mayCreate: true}
	made(t, app, "ana@example.com", "")
	left := made(t, app, "ben@example.com", "user_left")
	users, missing := []user{known("user_ana", "ana@example.com", "Ana")}, []string{"user_unlinked_meanwhile", "user_left"}
	for _, keep := range []bool{false, true} {
		changes, err := s.reconcile(users, missing, keep)
		if err != nil || len(changes) != 2 {
			t.Errorf("keep %v: %v, %v", keep, changes, err)
		}
		ana, err := clientOf(app, "user_ana")
		ben, errBen := app.FindRecordById("clients", left.Id)
		if err != nil || errBen != nil {
			t.Fatal(err, errBen)
		}
		if linked, unlinked := ana != nil, ben.GetString("clerkId") == ""; linked != keep || unlinked != keep {
			t.Errorf("keep %v: linked %v, unlinked %v", keep, linked, unlinked)
		}
	}
}

func TestReconcileRefusesAnotherInstance(t *testing.T) {
	app := newStudio(t)
	clients := []*core.Record{made(t, app, "ana@example.com", "user_ana"), made(t, app, "ben@example.com", "user_ben")}
	api := clerkAPI(t, "sk_other", []user{known("user_stranger", "stranger@example.com", "")})
	if _, err := reconcileAt(t, app, api, "sk_other", "--apply"); err == nil || !strings.Contains(err.Error(), "the key of another one") {
		t.Errorf("got %v", err)
	}
	for _, client := range clients {
		if now, err := app.FindRecordById("clients", client.Id); err != nil || now.GetString("clerkId") == "" {
			t.Errorf("%s was unlinked", client.Email())
		}
	}
}

func TestReconcileSaysWhatIsWrong(t *testing.T) {
	app := newStudio(t)
	api := clerkAPI(t, "sk_right", nil)
	down := httptest.NewServer(http.NotFoundHandler())
	down.Close()
	for name, tc := range map[string]struct{ api, key, says string }{
		"no key":    {api, "", "CLERK_SECRET_KEY is not set"},
		"wrong key": {api, "sk_wrong", "CLERK_SECRET_KEY is not accepted by Clerk"},
		"down":      {down.URL, "sk_right", "could not reach Clerk"},
	} {
		out, err := reconcileAt(t, app, tc.api, tc.key)
		if err == nil || !strings.HasPrefix(err.Error(), tc.says) || strings.Contains(err.Error()+out, "sk_") {
			t.Errorf("%s: %v, %s", name, err, out)
		}
	}
}

// TestReconcileReadsOnlySoMuch: what answers in Clerk's place may send without end.
func TestReconcileReadsOnlySoMuch(t *testing.T) {
	app := newStudio(t)
	long := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.Copy(w, io.LimitReader(spaces{}, 2*maxAnswer)) // ends early when nobody reads on
	}))
	t.Cleanup(long.Close)
	page := "[{}" + strings.Repeat(",{}", usersPerPage-1) + "]"
	pages := 0
	endless := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		if pages++; pages > maxUsers/usersPerPage {
			http.Error(w, "enough", http.StatusInternalServerError)
			return
		}
		_, _ = io.WriteString(w, page)
	}))
	t.Cleanup(endless.Close)
	for api, says := range map[string]string{long.URL: "longer than 32 MB", endless.URL: "more than 100000 users"} {
		if _, err := reconcileAt(t, app, api, "sk_right"); err == nil || !strings.Contains(err.Error(), says) {
			t.Errorf("got %v, not %q", err, says)
		}
	}
}

type spaces struct{}

func (spaces) Read(p []byte) (int, error) {
	for i := range p {
		p[i] = ' '
	}
	return len(p), nil
}
