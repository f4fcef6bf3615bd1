package main

import (
	"database/sql"
	"encoding/json"
	"fmt"
	"maps"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"greenroom/pb_migrations"
)

// These are the sizes of the studio. A project's page has 110 records, as a real one has after a year or two.
const (
	payingClients = 50
	projectsEach  = 5
	liveClients   = 3000 // without records of their own

	milestonesEach, sessionsEach, goalsEach            = 8, 12, 6
	deliverablesEach, actionItemsEach, attachmentsEach = 6, 10, 8
	commentsEach, bookingsEach                         = 60, 10
	childrenEach                                       = milestonesEach + sessionsEach + goalsEach + deliverablesEach + actionItemsEach + attachmentsEach + commentsEach
)

// studio is a data directory with generated records, and the tokens and ids for requests.
type studio struct {
	dir     string
	owner   string // a token of the owner
	clients []client
	silent  []client         // clients without records of their own
	large   map[int][]string // project ids by number of descendants
	other   string           // id of a row of integrations, which another writer keeps writing
}

type client struct {
	id, token string
	projects  []string
	session   string // of the first project
}

// newDir makes a directory that is removed with the run.
func (b *bench) newDir(name string) string {
	dir := filepath.Join(b.temp, name)
	_ = os.MkdirAll(dir, 0o700) // using it reports the error
	return dir
}

// copyOf copies a data directory for one variant.
func (b *bench) copyOf(dir, name string) (string, error) {
	to := filepath.Join(b.temp, name)
	return to, os.CopyFS(to, os.DirFS(dir))
}

func plainApp(dir string) core.App {
	return core.NewBaseApp(core.BaseAppConfig{DataDir: dir, DataMaxOpenConns: readers, DataMaxIdleConns: readers})
}

// seedStudio fills a directory for the subjects about pages and live messages.
func seedStudio(dir string) (*studio, error) {
	return seed(dir, func(s *seeder, to *studio) {
		for range payingClients {
			to.clients = append(to.clients, s.busyClient())
		}
		for range liveClients {
			to.silent = append(to.silent, s.bookedClient())
		}
	})
}

// bookedClient makes a client with meetings and nothing else.
func (s *seeder) bookedClient() client {
	c := client{id: s.client()}
	for range bookingsEach {
		s.booking(c.id)
	}
	return c
}

func (s *seeder) busyClient() client {
	c := s.bookedClient()
	for range projectsEach {
		project := s.project(c.id)
		t := s.children(project, c.id)
		if c.projects = append(c.projects, project); c.session == "" {
			c.session = t[len(t)-1].id
		}
	}
	return c
}

// seedLarge fills a directory with projects of the given numbers of descendants, several of each.
func seedLarge(dir string, sizes []int, each int) (*studio, error) {
	return seed(dir, func(s *seeder, to *studio) {
		to.large = map[int][]string{}
		to.clients = []client{{id: s.client()}}
		owner := to.clients[0].id
		for _, size := range sizes {
			for range each {
				project := s.project(owner)
				var threads []thread
				for n := 0; n+childrenEach <= size; n += childrenEach {
					threads = s.children(project, owner)
				}
				for i := range size % childrenEach {
					s.comment(threads[i%len(threads)], owner, false)
				}
				to.large[size] = append(to.large[size], project)
			}
		}
	})
}

// seed makes the database and the owner, and runs fill in one transaction of plain SQL.
func seed(dir string, fill func(*seeder, *studio)) (*studio, error) {
	app := plainApp(dir)
	if err := app.Bootstrap(); err != nil {
		return nil, err
	}
	defer app.ClearBootstrap()
	if err := app.RunAllMigrations(); err != nil {
		return nil, err
	}
	app.Settings().RateLimits.Enabled = false // the whole load comes from one address
	if err := app.Save(app.Settings()); err != nil {
		return nil, err
	}

	db := app.NonconcurrentDB().(*dbx.DB).DB()
	out := &studio{dir: dir}
	err := inTransaction(db, func(s *seeder) error {
		out.other = s.add("integrations", "name", "bench")
		fill(s, out)
		return s.err
	})
	if err != nil {
		return nil, err
	}
	if err := out.signIn(app); err != nil {
		return nil, err
	}
	if err := out.writeTokens(); err != nil {
		return nil, err
	}
	_, err = db.Exec("PRAGMA wal_checkpoint(TRUNCATE)")
	return out, err
}

func inTransaction(db *sql.DB, fill func(*seeder) error) error {
	tx, err := db.Begin()
	if err != nil {
		return err
	}
	defer tx.Rollback()
	if err := fill(&seeder{tx: tx, prepared: map[string]*sql.Stmt{}, random: rand.New(rand.NewPCG(1, 2))}); err != nil {
		return err
	}
	return tx.Commit()
}

// tokensFile is in the data directory for the floor, which looks tokens up instead of verifying them.
const tokensFile = "tokens.json"

func (s *studio) writeTokens() error {
	whose := map[string]string{}
	for _, c := range s.clients {
		whose[c.token] = c.id
	}
	content, err := json.Marshal(whose)
	if err != nil {
		return err
	}
	return os.WriteFile(filepath.Join(s.dir, tokensFile), content, 0o600)
}

// signIn makes the tokens of the owner and of all clients.
func (s *studio) signIn(app core.App) error {
	superusers, err := app.FindCollectionByNameOrId(core.CollectionNameSuperusers)
	if err != nil {
		return err
	}
	owner := core.NewRecord(superusers)
	owner.SetEmail("owner@example.com")
	owner.SetRandomPassword()
	if err := app.Save(owner); err != nil {
		return err
	}
	if s.owner, err = owner.NewAuthToken(); err != nil {
		return err
	}
	for _, group := range [][]client{s.clients, s.silent} {
		for i := range group {
			record, err := app.FindRecordById("clients", group[i].id)
			if err != nil {
				return err
			}
			if group[i].token, err = record.NewAuthToken(); err != nil {
				return err
			}
		}
	}
	return nil
}

// seeder inserts rows. After the first error it does nothing.
type seeder struct {
	tx       *sql.Tx
	prepared map[string]*sql.Stmt
	random   *rand.Rand
	clients  int
	err      error
}

// add inserts a row and returns its id.
func (s *seeder) add(table, columns string, values ...any) string {
	id, at := s.id(15), s.day(30)
	s.exec(table, "id, created, updated, "+columns, append([]any{id, at, at}, values...))
	return id
}

// insert inserts a row with the given id and times.
func (s *seeder) insert(table, id, created, updated string, values map[string]any) {
	columns := slices.Sorted(maps.Keys(values))
	all := []any{id, created, updated}
	for _, c := range columns {
		all = append(all, values[c])
	}
	s.exec(table, "id, created, updated, "+strings.Join(columns, ", "), all)
}

func (s *seeder) exec(table, columns string, values []any) {
	if s.err != nil {
		return
	}
	st := s.prepared[table]
	if st == nil {
		st, s.err = s.tx.Prepare("INSERT INTO " + table + " (" + columns + ") VALUES (?" + strings.Repeat(", ?", len(values)-1) + ")")
		if s.err != nil {
			return
		}
		s.prepared[table] = st
	}
	if _, err := st.Exec(values...); err != nil {
		s.err = fmt.Errorf("%s: %w", table, err)
	}
}

func (s *seeder) client() string {
	s.clients++
	n := fmt.Sprint(s.clients)
	return s.add("clients", "email, name, company, tokenKey, password, verified, clerkId, stripeCustomerId",
		"client"+n+"@example.com", "Client "+n, "Company "+n, s.id(50), "", true, "user_"+n, "cus_"+n)
}

func (s *seeder) booking(client string) {
	day := s.random.IntN(60)
	s.add("bookings", "client, calendarEventId, title, startTime, endTime", client, s.id(26), s.text(20), s.day(day), s.day(day+1))
}

func (s *seeder) project(client string) string {
	return s.add("projects", "client, title, description, serviceType, status", client, s.text(24), s.text(140),
		s.pick(pb_migrations.ServiceTypes), s.pick(pb_migrations.ProjectStatuses))
}

// thread is a record that comments can be about.
type thread struct{ relation, id string }

// children inserts one set of records under a project.
func (s *seeder) children(project, client string) (threads []thread) {
	for i := range milestonesEach {
		threads = append(threads, thread{"milestone", s.add("milestones", "project, client, title, sortOrder, status, dueDate",
			project, client, s.text(24), i, s.pick(pb_migrations.MilestoneStatuses), s.day(i*7))})
	}
	for range goalsEach {
		threads = append(threads, thread{"goal", s.add("goals", "project, client, title, description, targetDate",
			project, client, s.text(24), s.text(140), s.day(90))})
	}
	for i := range sessionsEach {
		threads = append(threads, thread{"session", s.add("sessions", "project, client, title, date, durationMin, notes",
			project, client, s.text(24), s.day(i*7), 60, s.text(300))})
	}
	var attachments [attachmentsEach]string
	for i := range attachments {
		name := fmt.Sprintf("mix-%d.wav", i)
		// The file does not exist, so the checksum is given: else a server would look for the file in the background.
		attachments[i] = s.add("attachments", "project, client, filename, file, url, size, mimeType, uploadedBy, sha256, measured",
			project, client, name, name, "attachments/"+name, s.random.IntN(5e7), "audio/wav", "james", strings.Repeat("0", 64), true)
	}
	for i := range deliverablesEach {
		attachment := ""
		if i < 4 {
			attachment = attachments[i]
		}
		s.add("deliverables", "project, client, title, description, status, attachment, deliveredAt",
			project, client, s.text(24), s.text(100), s.pick(pb_migrations.DeliverableStatuses), attachment, s.day(20))
	}
	for i := range actionItemsEach {
		s.add("action_items", "project, client, title, assignedTo, dueDate", project, client, s.text(40), pb_migrations.Assignees[i%2], s.day(20))
	}
	for i := range commentsEach {
		s.comment(threads[i%len(threads)], client, i >= commentsEach-len(threads))
	}
	return threads
}

func (s *seeder) comment(about thread, client string, last bool) {
	of := map[string]string{about.relation: about.id}
	james := s.random.IntN(2) == 1
	s.add("comments", "session, milestone, goal, client, body, isJames, authorName, lastWord", of["session"], of["milestone"], of["goal"], client,
		s.text(160), james, map[bool]string{true: "James", false: "Client"}[james], last)
}

func (s *seeder) id(length int) string {
	const alphabet = "abcdefghijklmnopqrstuvwxyz0123456789"
	out := make([]byte, length)
	for i := range out {
		out[i] = alphabet[s.random.IntN(len(alphabet))]
	}
	return string(out)
}

var words = strings.Fields("we met and agreed the next mix goes out before Friday so please check the captions on page two and tell me if " +
	"colour contrast reads well on your phone thanks")

func (s *seeder) text(length int) string {
	var out strings.Builder
	for out.Len() < length {
		out.WriteString(s.pick(words) + " ")
	}
	return strings.TrimSpace(out.String())
}

func (s *seeder) pick(from []string) string { return from[s.random.IntN(len(from))] }

// day returns a stored time on the given day of the studio's life.
func (s *seeder) day(n int) string {
	at := time.UnixMilli(1_700_000_000_000).UTC().AddDate(0, 0, n).Add(time.Duration(s.random.Int64N(int64(24 * time.Hour))))
	return at.Format("2006-01-02 15:04:05.000Z")
}
