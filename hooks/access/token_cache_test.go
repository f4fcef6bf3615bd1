package access_test

import (
	"net/http"
	"testing"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/testkit"
)

// room is a studio with a client whose token is cached.
type room struct {
	*testkit.Studio
	t     *testing.T
	ana   *core.Record
	token string
}

func newRoom(t *testing.T) *room {
	t.Helper()
	r := &room{Studio: testkit.New(t, nil), t: t}
	r.ana, r.token = r.Client("Ana")
	return r
}

// status requests Ana's page with a token, and returns the status.
func (r *room) status(token string) int {
	r.t.Helper()
	return r.Do("GET", "/api/portal/overview", token, nil).Status
}

// warm repeats a request until the token is cached.
func (r *room) warm(token string) {
	r.t.Helper()
	for range 3 {
		if got := r.status(token); got != 200 {
			r.t.Fatalf("a good token gets %d", got)
		}
	}
}

func (r *room) exec(sql string) {
	r.t.Helper()
	if _, err := r.App.DB().NewQuery(sql).Execute(); err != nil {
		r.t.Fatal(err)
	}
}

func (r *room) owner(method, path string, body any) {
	r.t.Helper()
	if answer := r.Do(method, path, r.Owner, body); answer.Status/100 != 2 {
		r.t.Fatalf("%s %s: %d %s", method, path, answer.Status, answer.Raw)
	}
}

// collection changes the clients' collection, as the dashboard does.
func (r *room) collection(change func(*core.Collection)) {
	r.t.Helper()
	clients, err := r.App.FindCollectionByNameOrId("clients")
	if err != nil {
		r.t.Fatal(err)
	}
	change(clients)
	if err := r.App.Save(clients); err != nil {
		r.t.Fatal(err)
	}
}

func TestEveryWayATokenDies(t *testing.T) {
	this := func(r *room) string { return " WHERE id = '" + r.ana.Id + "'" }
	for name, kill := range map[string]func(r *room){
		"archived by the owner": func(r *room) {
			r.owner("PATCH", "/api/collections/clients/records/"+r.ana.Id, map[string]any{"archivedAt": "2026-01-01 10:00:00.000Z"})
		},
		"archived by a program": func(r *room) {
			ana := r.Reload(r.ana)
			ana.Set("archivedAt", "2026-01-01 10:00:00.000Z")
			if err := r.App.Save(ana); err != nil {
				r.t.Fatal(err)
			}
		},
		"signed out everywhere": func(r *room) {
			if answer := r.Do("POST", "/api/portal/signout", r.token, nil); answer.Status != 204 {
				r.t.Fatal(answer.Status)
			}
		},
		"a new key by a program": func(r *room) {
			ana := r.Reload(r.ana)
			ana.RefreshTokenKey()
			if err := r.App.Save(ana); err != nil {
				r.t.Fatal(err)
			}
		},
		"a new key in a transaction": func(r *room) {
			err := r.App.RunInTransaction(func(tx core.App) error {
				_, err := tx.DB().Update("clients", dbx.Params{"tokenKey": "another"}, dbx.HashExp{"id": r.ana.Id}).Execute()
				return err
			})
			if err != nil {
				r.t.Fatal(err)
			}
		},
		"deleted by the owner":         func(r *room) { r.owner("DELETE", "/api/collections/clients/records/"+r.ana.Id, nil) },
		"a new key by SQL":             func(r *room) { r.exec("UPDATE clients SET tokenKey = 'another'" + this(r)) },
		"deleted by SQL":               func(r *room) { r.exec("DELETE FROM clients" + this(r)) },
		"a new key in another process": func(r *room) { r.Elsewhere("UPDATE clients SET tokenKey = 'another'" + this(r)) },
		"deleted in another process":   func(r *room) { r.Elsewhere("DELETE FROM clients" + this(r)) },
		"another secret of the collection": func(r *room) {
			r.collection(func(c *core.Collection) {
				c.AuthToken.Secret = "fifty characters or so that nobody has ever signed with"
			})
		},
		"another rule of who may sign in": func(r *room) {
			r.collection(func(c *core.Collection) { rule := "archivedAt = '' && name != ''"; c.AuthRule = &rule })
		},
	} {
		t.Run(name, func(t *testing.T) {
			r := newRoom(t)
			_, other := r.Client("Ben")
			r.warm(r.token)
			r.warm(other)
			kill(r)
			for range 3 {
				if got := r.status(r.token); got != http.StatusUnauthorized {
					t.Fatalf("the dead token gets %d", got)
				}
			}
		})
	}
}

// When one token becomes invalid, others stay valid.
func TestNobodyElseIsSignedOut(t *testing.T) {
	r := newRoom(t)
	_, ben := r.Client("Ben")
	r.warm(r.token)
	r.warm(ben)
	r.exec("UPDATE clients SET tokenKey = 'another' WHERE id = '" + r.ana.Id + "'")
	r.warm(ben)
	if got := r.status(r.token); got != http.StatusUnauthorized {
		t.Errorf("Ana gets %d", got)
	}
}

// A cached token that lives for a second, as one of an owner who signs in as somebody else, is refused when it expires.
func TestKeptTokenEndsInTime(t *testing.T) {
	r := newRoom(t)
	r.warm(r.token)
	token, err := r.ana.NewStaticAuthToken(2 * time.Second)
	if err != nil {
		t.Fatal(err)
	}
	ends := time.Now().Add(2 * time.Second)
	r.warm(token)
	for {
		late := time.Now().After(ends)
		got := r.status(token)
		if got == http.StatusUnauthorized {
			break
		}
		if late {
			t.Fatalf("after its end the token gets %d", got)
		}
		time.Sleep(10 * time.Millisecond)
	}
	r.warm(r.token)
}

func TestOwnersTokenDiesToo(t *testing.T) {
	r := newRoom(t)
	path := "/api/portal/health"
	for range 3 {
		r.owner("GET", path, nil)
	}
	r.Elsewhere("UPDATE _superusers SET tokenKey = 'another'")
	if answer := r.Do("GET", path, r.Owner, nil); answer.Status != http.StatusUnauthorized {
		t.Errorf("the owner's dead token gets %d", answer.Status)
	}
}

// The owner's list of allowed addresses is checked at each request, also for a cached token.
func TestAddressesOfOwners(t *testing.T) {
	r := newRoom(t)
	r.owner("GET", "/api/portal/health", nil)
	settings := r.App.Settings()
	settings.SuperuserIPs = []string{"192.0.2.1"}
	if err := r.App.Save(settings); err != nil {
		t.Fatal(err)
	}
	if answer := r.Do("GET", "/api/portal/health", r.Owner, nil); answer.Status != http.StatusForbidden {
		t.Errorf("an owner from elsewhere gets %d", answer.Status)
	}
}

// Another process changes a client's name; what the client writes next carries the new name.
func TestCachedVisitorFollowsOtherProcesses(t *testing.T) {
	r := newRoom(t)
	project := r.Make("projects", map[string]any{"client": r.ana.Id, "title": "Album", "serviceType": "AUDIO"})
	goal := r.Make("goals", map[string]any{"project": project.Id, "title": "Goal"})
	r.warm(r.token)
	r.Elsewhere("UPDATE clients SET name = 'Renamed' WHERE id = '" + r.ana.Id + "'")
	answer := r.Do("POST", "/api/collections/comments/records", r.token, map[string]any{"goal": goal.Id, "body": "words"})
	if answer.Status != 200 || answer.JSON()["authorName"] != "Renamed" {
		t.Errorf("%d %s", answer.Status, answer.Raw)
	}
}

// A request that changes its auth record does not change the next request's.
func TestRequestsShareNothing(t *testing.T) {
	r := newRoom(t)
	seen := make(chan string, 1)
	r.App.OnRecordsListRequest("projects").BindFunc(func(e *core.RecordsListRequestEvent) error {
		seen <- e.Auth.GetString("name") + e.Auth.GetString("unknown") + e.Auth.Original().GetString("name")
		e.Auth.Set("name", "changed")
		e.Auth.Set("unknown", "x")
		e.Auth.SetPassword("another password")
		return e.Next()
	})
	for range 4 {
		r.Do("GET", "/api/collections/projects/records", r.token, nil)
		if got := <-seen; got != "AnaAna" {
			t.Fatalf("who asks is %q", got)
		}
	}
}
