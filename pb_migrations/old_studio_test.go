package pb_migrations

import (
	"fmt"
	"strings"
	"testing"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// goBackBefore reverts the migrations from the named one on.
func goBackBefore(t *testing.T, app core.App, file string) *core.MigrationsRunner {
	t.Helper()
	own, later := core.NewMigrationsRunner(app, core.AppMigrations), 0
	for _, item := range core.AppMigrations.Items() {
		if item.File >= file {
			later++
		}
	}
	undone, err := own.Down(later)
	if err != nil || len(undone) != later || undone[later-1] != file {
		t.Fatalf("undone %v: %v", undone, err)
	}
	return own
}

func exec(t *testing.T, app core.App, statements ...string) {
	t.Helper()
	for _, statement := range statements {
		if _, err := app.DB().NewQuery(statement).Execute(); err != nil {
			t.Fatalf("%s: %v", statement, err)
		}
	}
}

// rows returns the rows of a query, one in each line.
func rows(t *testing.T, app core.App, query string) string {
	t.Helper()
	var lines []string
	if err := app.DB().NewQuery("SELECT " + query).Column(&lines); err != nil {
		t.Fatalf("%s: %v", query, err)
	}
	return strings.Join(lines, "\n")
}

// TestAnOldStudioComesAlong migrates a studio from before people and versions to the present schema.
func TestAnOldStudioComesAlong(t *testing.T) {
	app := newApp(t)
	own := goBackBefore(t, app, "1790000005_people.go")
	dated := func(table, fields, values string) string {
		return fmt.Sprintf("INSERT INTO %s (%s, created, updated) VALUES (%s, '2025-01-01 10:00:00.000Z', '2025-02-02 10:00:00.000Z')", table, fields, values)
	}
	exec(t, app,
		dated("clients", "id, email, name, tokenKey, password", "'ana000000000000', 'ana@example.com', 'Ana', 'key-ana', ''"),
		dated("clients", "id, email, name, tokenKey, password", "'ben000000000000', 'ben@example.com', ' ', 'key-ben', ''"),
		dated("projects", "id, client, title", "'album0000000000', 'ana000000000000', 'Album'"),
		dated("projects", "id, client, title", "'site00000000000', 'ben000000000000', 'Site'"),
		dated("attachments", "id, project, client, filename", "'mix000000000000', 'album0000000000', 'ana000000000000', 'mix.wav'"),
		dated("attachments", "id, project, client, filename", "'loose0000000000', 'album0000000000', 'ana000000000000', 'loose.wav'"),
		dated("deliverables", "id, project, client, title, status, attachment, feedback", "'master000000000', 'album0000000000', 'ana000000000000', 'Master', 'IN_PROGRESS', 'mix000000000000', 'Louder.'"),
		dated("deliverables", "id, project, client, title, status, feedback", "'text00000000000', 'site00000000000', 'ben000000000000', 'Text', 'IN_PROGRESS', 'Shorter.'"),
		dated("deliverables", "id, project, client, title, status, feedback", "'none00000000000', 'site00000000000', 'ben000000000000', 'None', 'DELIVERED', ' '"),
		dated("goals", "id, project, client, title", "'goal00000000000', 'album0000000000', 'ana000000000000', 'Goal'"),
		dated("comments", "id, goal, client, body, authorName, isJames", "'words0000000000', 'goal00000000000', 'ana000000000000', 'Yes.', 'Ana', 0"),
		dated("comments", "id, goal, client, body, authorName, isJames", "'answer000000000', 'goal00000000000', 'ana000000000000', 'Good.', 'James', 1"),
	)
	if _, err := own.Up(); err != nil {
		t.Fatal(err)
	}
	for what, tc := range map[string]struct{ query, want string }{
		"each file that a deliverable has is its first version": {"id || ' ' || deliverable || ' ' || version FROM attachments ORDER BY id",
			"loose0000000000  0\nmix000000000000 master000000000 1"},
		"what was asked for begins its thread": {"deliverable || ' ' || attachment || ' ' || kind || ' ' || body || ' ' || authorName || ' ' || author || ' ' || lastWord || ' ' || client || ' ' || created FROM comments WHERE kind != '' ORDER BY deliverable",
			"master000000000 mix000000000000 changes Louder. Ana ana000000000000 1 ana000000000000 2025-02-02 10:00:00.000Z\n" +
				"text00000000000  changes Shorter. ben@example.com ben000000000000 1 ben000000000000 2025-02-02 10:00:00.000Z"},
		"a client's words have their author, and the owner's none": {"id || ' ' || author FROM comments WHERE goal != '' ORDER BY id",
			"answer000000000 \nwords0000000000 ana000000000000"},
		"a client is nobody's person": {"id || ' ' || account || ' ' || access FROM clients ORDER BY id", "ana000000000000  \nben000000000000  "},
		"nothing is lost":             {"feedback FROM deliverables ORDER BY id", "Louder.\n \nShorter."},
	} {
		if got := rows(t, app, tc.query); got != tc.want {
			t.Errorf("%s: it is\n%s\nnot\n%s", what, got, tc.want)
		}
	}
	if found, err := app.FindRecordsByFilter("comments", "deliverable = {:id}", "", 0, 0, dbx.Params{"id": "master000000000"}); err != nil || len(found) != 1 {
		t.Errorf("%d comments: %v", len(found), err)
	}
}
