package doctor

import (
	"bytes"
	"encoding/json"
	"errors"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/config"
	"greenroom/hooks/durable"
)

func TestAHealthyStudio(t *testing.T) {
	r := healthy(t, studio(t)).examine()
	if want := len(examinations) - 8; len(r.Checks) != want { // nothing is said of services that are off, of a file of secrets, a copy or a standby
		t.Errorf("%d checks, want %d", len(r.Checks), want)
	}
	for _, c := range r.Checks {
		if c.State != ok || c.Do != "" {
			t.Errorf("%s", c.line())
		}
	}
}

const (
	mb = uint64(1 << 20)
	gb = uint64(1 << 30)
)

// eachField rewrites the fields of projects in PocketBase's books, where f is one of them.
func eachField(value, where string) string {
	return "UPDATE _collections SET fields = (SELECT json_group_array(json(" + value + ")) FROM json_each(fields) f WHERE " + where + ") WHERE name = 'projects'"
}

func setRule(collection, verb, value string) string {
	return "UPDATE _collections SET " + verb + "Rule = " + value + " WHERE name = '" + collection + "'"
}

var verdicts = map[string]struct {
	harm             func(t *testing.T, p *patient)
	sql              []string // on data.db
	name, state, say string   // say is a part of what is said
}{
	"a mistake": {harm: func(t *testing.T, p *patient) { p.mistake = errors.New("SMTP_URL is malformed: write smtp://…") },
		name: "configuration", state: fails, say: "SMTP_URL is malformed: write smtp://…"},
	"features that are off": {name: "configuration", state: ok, say: "Stripe (STRIPE_SECRET_KEY)"},

	"a directory for everybody": {harm: func(t *testing.T, p *patient) { must(t, os.Chmod(p.dir, 0o755)) },
		name: "data directory", state: warning, say: "open to every user"},
	"a file in place of the directory": {harm: func(t *testing.T, p *patient) { p.dir = filepath.Join(p.dir, dataFile) },
		name: "data directory", state: fails, say: "is a file"},
	"a directory without a database": {harm: func(t *testing.T, p *patient) { must(t, os.Remove(filepath.Join(p.dir, dataFile))) },
		name: "data directory", state: warning, say: "there is no database"},
	"a directory that cannot be written": {harm: func(t *testing.T, p *patient) { p.dir = "/proc/self" }, // not even by root
		name: "data directory", state: fails, say: "nothing can be written"},

	"a file of somebody else's": {harm: func(t *testing.T, p *patient) {
		p.ownerOf = func(info fs.FileInfo) uint32 {
			if info.Name() == logsFile {
				return 0
			}
			return 1000
		}
	}, name: "data directory", state: warning, say: logsFile + " belongs to another user"},

	"secrets for everybody": {harm: secret(0o644), name: "secrets", state: warning, say: "other users of this machine can read"},
	"secrets of one's own":  {harm: secret(0o600), name: "secrets", state: ok, say: "nobody else can read"},

	"a restored copy": {harm: func(t *testing.T, p *patient) {
		must(t, os.WriteFile(filepath.Join(p.dir, durable.CopyMark), nil, 0o600))
	},
		name: "restored copy", state: warning, say: "a copy to look at"},
	"a machine that stands by":  {harm: func(t *testing.T, p *patient) { p.config.Lease = true }, name: "standby", state: warning, say: "may be old"},
	"books without a release":   {sql: []string{"DELETE FROM _migrations WHERE file LIKE '179%'"}, name: "migrations", state: fails, say: "a table clients"},
	"a database that is broken": {harm: breakPages, name: "database", state: fails, say: "data.db is damaged"},

	"no space":             {harm: free(499*mb, 4*gb), name: "disk space", state: fails, say: "499.0 MB free of 4.0 GB"},
	"less than a 20th":     {harm: free(9*gb, 200*gb), name: "disk space", state: fails, say: "9.0 GB free of 200.0 GB"},
	"less than 2 GB":       {harm: free(1900*mb, 10*gb), name: "disk space", state: warning, say: "1.9 GB free"},
	"enough space":         {harm: free(2*gb, 39*gb), name: "disk space", state: ok, say: "2.0 GB free"},
	"a full disk":          {harm: free(512, 4*gb), name: "disk space", state: fails, say: "512 B free"},
	"a disk without a say": {harm: func(t *testing.T, p *patient) { p.space = noSpace }, name: "disk space", state: fails, say: "not here"},

	"a database that is none": {harm: func(t *testing.T, p *patient) { p.overwrite(t, strings.Repeat("This is no database. ", 400)) },
		name: "database", state: fails, say: "data.db cannot be read"},
	"a database that is empty": {harm: func(t *testing.T, p *patient) { p.overwrite(t, "") },
		name: "migrations", state: warning, say: "there is no studio in the database yet"},
	"a database of another program": {sql: []string{"DELETE FROM _migrations"}, name: "migrations", state: fails, say: "nothing tells which release made it"},

	"a clock that was never set":    {harm: at(time.Date(1970, 1, 1, 0, 1, 0, 0, time.UTC)), name: "clock", state: fails, say: "which is before Greenroom was made"},
	"a clock that went back":        {harm: late(time.Hour), name: "clock", state: fails, say: "and the newest of integrations is of"},
	"a clock that is a little late": {harm: late(4 * time.Minute), name: "clock", state: ok, say: "it is"},
	"a record from the future": {sql: []string{"UPDATE integrations SET updated = '2999-01-01 12:00:00.000Z'"},
		name: "clock", state: fails, say: "Tuesday 1 January 2999, 12:00 (London)"},
	"a log entry from the future": {harm: func(t *testing.T, p *patient) {
		p.change(t, logsFile, "INSERT INTO _logs (id, created) VALUES ('x', '2999-01-01 12:00:00.000Z')")
	}, name: "clock", state: fails, say: "the newest of _logs is of Tuesday 1 January 2999"},
	"a mistake that leaves no zone": {harm: func(t *testing.T, p *patient) { p.config.Timezone = nil }, name: "clock", state: ok, say: "(UTC)"},

	"a migration that is not applied": {sql: []string{"DELETE FROM _migrations WHERE file = '1790000000_settings.go'"},
		name: "migrations", state: fails, say: "not applied: 1790000000_settings.go"},

	"a collection that is missing": {sql: []string{"UPDATE _collections SET name = 'aims' WHERE name = 'goals'"},
		name: "schema", state: fails, say: "the collection goals is missing"},
	"a field that is missing": {sql: []string{eachField("f.value", "f.value->>'name' != 'description'")},
		name: "schema", state: fails, say: "the field projects.description is missing"},
	"a column that is missing": {sql: []string{"ALTER TABLE clients DROP COLUMN digestAt"},
		name: "schema", state: fails, say: "the field clients.digestAt is missing"},
	"words that are not in the index": {sql: []string{"INSERT INTO goals (id, title) VALUES ('goalwithoutwords', 'words')", "DELETE FROM search_words"},
		name: "search", state: fails, say: "the index of words lacks 1 of the records and has 0 that are gone"},
	"a field of another type": {sql: []string{eachField("iif(f.value->>'name' = 'description', json_set(f.value, '$.type', 'number'), f.value)", "true")},
		name: "schema", state: fails, say: "the field projects.description holds number instead of text"},
	"an index that is missing": {sql: []string{"DROP INDEX idx_bookings_calendarEventId"},
		name: "schema", state: fails, say: "the index idx_bookings_calendarEventId is missing"},
	"an index that is not unique": {sql: []string{"DROP INDEX idx_clients_email", "CREATE INDEX idx_clients_email ON clients (email COLLATE NOCASE)"},
		name: "schema", state: fails, say: "the index idx_clients_email is not as it should be"},
	"an index that minds capitals": {sql: []string{"DROP INDEX idx_clients_email", "CREATE UNIQUE INDEX idx_clients_email ON clients (email)"},
		name: "schema", state: fails, say: "the index idx_clients_email is not as it should be"},
	"an index of every row": {sql: []string{"DROP INDEX idx_clients_clerkId_set", "CREATE UNIQUE INDEX idx_clients_clerkId_set ON clients (clerkId)"},
		name: "schema", state: fails, say: "the index idx_clients_clerkId_set is not as it should be"},
	"what the owner added": {sql: []string{
		"UPDATE _collections SET fields = json_insert(fields, '$[#]', json('{\"id\":\"text1\",\"name\":\"budget\",\"type\":\"text\"}')) WHERE name = 'projects'",
		"ALTER TABLE projects ADD COLUMN budget TEXT", "CREATE INDEX idx_projects_budget ON projects (budget)",
	}, name: "schema", state: ok, say: "is there"},

	"the stock collection":          {sql: []string{copyOfClients("pbc_1", "users")}, name: "sign-up", state: fails, say: "stock collection users is there"},
	"the stock collection, renamed": {sql: []string{copyOfClients(stockUsers, "people")}, name: "sign-up", state: fails, say: "stock collection people is there"},

	"a field that was hidden": {sql: []string{"UPDATE _collections SET fields = replace(fields, '\"hidden\":true', '\"hidden\":false') WHERE name = 'bookings'"},
		name: "schema", state: fails, say: "the field bookings.guest is shown to clients"},
	"files for everybody": {sql: []string{"UPDATE _collections SET fields = replace(fields, '\"protected\":true', '\"protected\":false') WHERE name = 'attachments'"},
		name: "schema", state: fails, say: "the field attachments.file lets everybody open its files"},
	"a relation that keeps": {sql: []string{"UPDATE _collections SET fields = replace(fields, '\"cascadeDelete\":true', '\"cascadeDelete\":false') WHERE name = 'goals'"},
		name: "schema", state: fails, say: "the field goals.project is not deleted, or kept,"},
	"a status that is missing": {sql: []string{"UPDATE _collections SET fields = replace(fields, '\"DONE\"', '\"READY\"') WHERE name = 'milestones'"},
		name: "schema", state: fails, say: "the field milestones.status does not know the value DONE"},
	"a field of a later release": {sql: []string{"UPDATE _collections SET fields = replace(fields, '\"sha256\"', '\"sum\"') WHERE name = 'attachments'"},
		name: "schema", state: fails, say: "the field attachments.sha256 is missing"},
	"a trigger that is missing": {sql: []string{"DROP TRIGGER search_comments_changed"}, name: "schema", state: fails, say: "the trigger search_comments_changed is missing"},

	"a comment under nothing": {sql: []string{"INSERT INTO clients (id, email, tokenKey) VALUES ('ana', 'a@example.com', 'x')", "INSERT INTO comments (id, client, body) VALUES ('c', 'ana', 'words')"},
		name: "records", state: fails, say: "1 of comments hang off nothing"},
	"a comment whose goal is gone": {sql: []string{"INSERT INTO comments (id, goal, body) VALUES ('c', 'gone', 'words')"},
		name: "records", state: fails, say: "1 of comments have a goal that is gone"},
	"hours without a calendar": {harm: func(t *testing.T, p *patient) { p.config = books(t, p, false) }, name: "booking", state: warning, say: "Google Calendar is not"},
	"hours in which clients book": {harm: func(t *testing.T, p *patient) { p.config = books(t, p, true) },
		name: "booking", state: ok, say: "clients can book Mon 10:00-17:00; Sat 09:30-12:00 (Europe/London), 24 hours ahead, with 15 minutes around what is taken"},
	"a calendar that may only be read": {harm: func(t *testing.T, p *patient) { p.config = books(t, p, true) },
		sql:  []string{"INSERT INTO integrations (id, name, state, lastError) VALUES ('x', 'calendar:booking', 'refused', 'Clients cannot book: share it.')"},
		name: "booking", state: warning, say: "Clients cannot book: share it"},
	"a deletion that a crash interrupted": {sql: []string{"INSERT INTO action_items (id, project, title) VALUES ('a', 'gone', 'Item')",
		"INSERT INTO integrations (id, name, state) VALUES ('m', 'cascade:projects/gone', 'sweeping')"},
		name: "records", state: warning, say: "something large is being deleted, or was when the server stopped"},
	"an item without a project": {sql: []string{"INSERT INTO action_items (id, title) VALUES ('a', 'Item')"}, name: "records", state: fails, say: "1 of action items have no project"},
	"a goal of another client": {sql: []string{"INSERT INTO clients (id, email, tokenKey) VALUES ('ana', 'a@example.com', 'x'), ('ben', 'b@example.com', 'y')",
		"INSERT INTO projects (id, client, title) VALUES ('p', 'ana', 'Stage')", "INSERT INTO goals (id, project, client, title) VALUES ('g', 'p', 'ben', 'Goal')"},
		name: "records", state: fails, say: "1 of goals belong to another client than their project"},

	"a way in for everybody":      {sql: []string{setRule("clients", "create", "''")}, name: "sign-up", state: fails, say: "make a client's account for themselves"},
	"a sign-in by password":       {sql: []string{"UPDATE _collections SET options = json_set(options, '$.passwordAuth.enabled', json('true')) WHERE name = 'clients'"}, name: "sign-up", state: warning, say: "by a password"},
	"a sign-in for archived ones": {sql: []string{"UPDATE _collections SET options = json_set(options, '$.authRule', '') WHERE name = 'clients'"}, name: "rules", state: fails, say: "open to archived and banned ones"},
	"clients who change clients":  {sql: []string{"UPDATE _collections SET options = json_set(options, '$.manageRule', '') WHERE name = 'clients'"}, name: "rules", state: fails, say: "clients manage (now open to everybody)"},
	"owners in sight":             {sql: []string{setRule("_superusers", "list", "''")}, name: "rules", state: fails, say: "_superusers list (now open to everybody)"},

	"a rule that is open":    {sql: []string{setRule("goals", "update", "''")}, name: "rules", state: fails, say: "goals update (now open to everybody)"},
	"a rule that is shut":    {sql: []string{setRule("comments", "list", "NULL")}, name: "rules", state: warning, say: "comments list (now the owner alone)"},
	"a rule that is another": {sql: []string{setRule("projects", "view", "'id != 1'")}, name: "rules", state: fails, say: "may not come in: projects view"},
	"a rule of the owner's":  {sql: []string{setRule("projects", "view", "'@request.auth.id = client'")}, name: "rules", state: warning, say: "permission table: projects view"},
	"the owner's rule, open": {sql: []string{setRule("integrations", "create", "''")}, name: "rules", state: fails, say: "integrations create (now open to everybody)"},
	"a rule to delete, shut": {sql: []string{setRule("comments", "delete", "NULL")}, name: "rules", state: warning, say: "comments delete"},
	"two rules at the same time": {sql: []string{setRule("comments", "delete", "NULL"), setRule("clients", "view", "NULL")},
		name: "rules", state: warning, say: "clients view (now the owner alone), comments delete (now the owner alone)"},
}

func TestVerdicts(t *testing.T) {
	studio := studio(t)
	for name, tc := range verdicts {
		t.Run(name, func(t *testing.T) {
			p := healthy(t, studio)
			p.change(t, dataFile, tc.sql...)
			if tc.harm != nil {
				tc.harm(t, p)
			}
			found := p.examine().find(tc.name)
			if found.State != tc.state || !strings.Contains(found.Say, tc.say) {
				t.Errorf("got %s, want %s … %q", found.line(), tc.state, tc.say)
			}
			if (found.Do != "") != (found.State != ok) {
				t.Errorf("what to do: %q", found.Do)
			}
			if strings.Contains(found.line(), "\n") {
				t.Errorf("more than a line: %q", found.line())
			}
		})
	}
}

// books is the patient's configuration with hours, and with a calendar or without.
func books(t *testing.T, p *patient, calendar bool) config.Config {
	t.Helper()
	c := p.config
	with, err := config.Parse(map[string]string{"GREENROOM_HOURS": "Sat 09:30-12:00; Mon 10:00-17:00"})
	must(t, err)
	c.Hours, c.BookingNotice, c.BookingBuffer, c.Timezone = with.Hours, with.BookingNotice, with.BookingBuffer, with.Timezone
	if calendar {
		c.GoogleCalendarIds = []string{"james@example.com"}
	}
	return c
}

func secret(mode fs.FileMode) func(t *testing.T, p *patient) {
	return func(t *testing.T, p *patient) {
		p.envFile = filepath.Join(t.TempDir(), ".env")
		must(t, errors.Join(os.WriteFile(p.envFile, []byte("CRON_SECRET=x"), mode), os.Chmod(p.envFile, mode))) // whatever the umask is
	}
}

// breakPages writes over the last pages of the database, which hold an index or records.
func breakPages(t *testing.T, p *patient) {
	t.Helper()
	path := filepath.Join(p.dir, dataFile)
	content, err := os.ReadFile(path)
	must(t, err)
	copy(content[len(content)-8<<10:], bytes.Repeat([]byte("broken"), 1_000))
	must(t, os.WriteFile(path, content, 0o600))
}

func free(free, total uint64) func(t *testing.T, p *patient) {
	return func(t *testing.T, p *patient) {
		p.space = func(string) (uint64, uint64, error) { return free, total, nil }
	}
}

func noSpace(string) (free, total uint64, err error) { return 0, 0, errors.New("not here") }

func at(now time.Time) func(t *testing.T, p *patient) {
	return func(t *testing.T, p *patient) { p.now = now }
}

// late is a clock that is behind by so much when it is looked at, however long the tests before it took.
func late(by time.Duration) func(t *testing.T, p *patient) {
	return func(t *testing.T, p *patient) { p.now = time.Now().Add(-by) }
}

func (p *patient) overwrite(t *testing.T, content string) {
	t.Helper()
	must(t, os.WriteFile(filepath.Join(p.dir, dataFile), []byte(content), 0o600))
}

func copyOfClients(id, name string) string {
	return "INSERT INTO _collections (id, name, type, fields, indexes, options) SELECT '" + id + "', '" + name + "', type, fields, '[]', options FROM _collections WHERE name = 'clients'"
}

func TestNothingIsSaidOfADatabaseThatIsNotThere(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "not", "yet")
	r := patientAt(t, dir).examine()
	if found := r.find("data directory"); found.State != warning || found.Say != "there is no data directory yet: it is made when the server first starts" {
		t.Errorf("%s", found.line())
	}
	if n := r.count(fails); n > 0 || len(r.Checks) != 4 {
		t.Errorf("%v", r.lines())
	}
	if exists(filepath.Dir(dir)) {
		t.Error("the doctor made a directory")
	}
}

func TestTheDoctorChangesNothing(t *testing.T) {
	dir := studio(t)
	before := contents(t, dir)
	p := patientAt(t, dir)
	p.examine()
	if _, err := p.data.NewQuery("DELETE FROM _migrations").Execute(); err == nil {
		t.Error("the doctor's connection can write")
	}
	p.close()
	after := contents(t, dir)
	if len(before) != 2 || len(after) != 2 || before[dataFile] != after[dataFile] || before[logsFile] != after[logsFile] {
		t.Errorf("%d files went in, %d came out, or their content changed", len(before), len(after))
	}
}

func TestCommand(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "none")
	app := core.NewBaseApp(core.BaseAppConfig{DataDir: dir})
	run := func(mistake error, args ...string) (out string, err error) {
		command := command(app, patientAt(t, dir).config, mistake)
		var written bytes.Buffer
		command.SetOut(&written)
		command.SetErr(&written)
		command.SetArgs(args)
		command.SilenceErrors, command.SilenceUsage = true, true
		err = command.Execute()
		return written.String(), err
	}
	out, err := run(nil)
	if err != nil || !strings.HasPrefix(out, "warning: data directory, there is no data directory yet") || !strings.Contains(out, "\nok: configuration, off because not set: Clerk (CLERK_WEBHOOK_SECRET)") {
		t.Errorf("%v\n%s", err, out)
	}
	out, err = run(errors.New("SMTP_URL is malformed"), "--json")
	if err == nil || err.Error() != "1 of 4 checks failed" {
		t.Errorf("a mistake: %v", err)
	}
	var r report
	if err := json.Unmarshal([]byte(out), &r); err != nil || r.find("configuration").State != fails || r.find("configuration").Say != "SMTP_URL is malformed" {
		t.Errorf("JSON: %v\n%s", err, out)
	}
	if out, err := run(nil, "x"); err == nil || out != "" {
		t.Errorf("a surplus argument: %v\n%s", err, out)
	}
	if out, err := run(nil, "--fix"); err == nil || out != "" {
		t.Errorf("an unknown flag: %v\n%s", err, out)
	}
	if exists(dir) {
		t.Error("the doctor made the data directory")
	}
}
