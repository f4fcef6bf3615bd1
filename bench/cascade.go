package main

import (
	"database/sql"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"greenroom/pb_migrations"
)

var cascadeSizes = []int{1_000, 10_000, 50_000}

// someList is a list that the owner reads only when no large tree is being swept.
const someList = "/api/collections/milestones/records?perPage=1&skipTotal=1"

// deleter is one way of deleting a project with all records under it.
type deleter struct {
	name string
	*server
	start                  func(dir string) (*server, error)
	dir                    string
	project, other         string // the paths of the project, and of the small record that another writer keeps writing
	list                   string // the path of a list that waits until nothing of the project could be in it
	took, gone, afterwards map[int][]time.Duration
	blocked, blockedAfter  map[int][]time.Duration // the longest write of another one until the records are gone, and afterwards
}

func measureCascade(b *bench) error {
	seeded, err := seedLarge(b.newDir("cascade-seed"), cascadeSizes, b.rounds)
	if err != nil {
		return fmt.Errorf("seed: %w", err)
	}
	const projects, others = "/api/collections/projects/records/", "/api/collections/integrations/records/"
	ours := &deleter{name: "cascade", start: b.greenroom, project: projects, other: others, list: someList}
	floor := &deleter{name: "SQLite's foreign keys", project: "/projects/", other: "/integrations/", list: "/api/health"}
	floor.start = func(dir string) (*server, error) { return b.again("serve-floor", dir) }
	plain := &deleter{name: "PocketBase's cascade", project: projects, other: others, list: someList}
	plain.start = func(dir string) (*server, error) { return b.again("serve-plain", dir) }
	all := []*deleter{ours, floor, plain}
	for i, d := range all {
		for _, times := range []*map[int][]time.Duration{&d.took, &d.gone, &d.afterwards, &d.blocked, &d.blockedAfter} {
			*times = map[int][]time.Duration{}
		}
		if d.dir, err = b.copyOf(seeded.dir, fmt.Sprintf("cascade-%d", i)); err != nil {
			return err
		}
	}
	if err := withForeignKeys(seeded.dir, floor.dir); err != nil {
		return fmt.Errorf("foreign keys: %w", err)
	}

	for _, size := range cascadeSizes {
		err := b.inTurns(len(all), func(round, variant int) error {
			d := all[variant]
			if d == plain && size == cascadeSizes[len(cascadeSizes)-1] && round > 0 {
				return nil // one round is long enough
			}
			return d.delete(seeded, size, round)
		})
		if err != nil {
			return err
		}
		b.reportCascade(size, ours, floor, plain)
	}
	return nil
}

// delete deletes one project while another writer keeps writing, until the server's background work is done. The server
// has just started, so that its own cache is empty.
func (d *deleter) delete(s *studio, size, round int) (err error) {
	if d.server, err = d.start(d.dir); err != nil {
		return err
	}
	defer d.stop()
	w, err := dial(d.address)
	if err != nil {
		return err
	}
	defer w.Close()
	stop := make(chan struct{})
	var waits []wait
	var failure error
	var writer sync.WaitGroup
	writer.Go(func() { waits, failure = d.keepWriting(s, stop) })
	time.Sleep(50 * time.Millisecond) // the writer has begun

	began := time.Now()
	err = w.ignore(request("DELETE", d.project+s.large[size][round], s.owner, ""))
	answered := time.Now()
	if err == nil {
		err = w.ignore(request("GET", d.list, s.owner, "")) // waits until the records are gone
	}
	gone := time.Now()
	if err == nil {
		err = d.rest()
	}
	tidied := time.Now()
	close(stop)
	writer.Wait()
	if err = errors.Join(err, failure); err != nil {
		return err
	}
	d.took[size], d.gone[size] = append(d.took[size], answered.Sub(began)), append(d.gone[size], gone.Sub(began))
	d.afterwards[size] = append(d.afterwards[size], tidied.Sub(gone))
	before, after := longest(waits, gone)
	d.blocked[size], d.blockedAfter[size] = append(d.blocked[size], before), append(d.blockedAfter[size], after)
	time.Sleep(300 * time.Millisecond) // time for hooks after the delete
	return nil
}

// wait is how long a write took that began at a time.
type wait struct {
	began time.Time
	took  time.Duration
}

// longest returns the longest waits of those that began before and after a time.
func longest(waits []wait, at time.Time) (before, after time.Duration) {
	for _, w := range waits {
		if w.began.Before(at) {
			before = max(before, w.took)
		} else {
			after = max(after, w.took)
		}
	}
	return before, after
}

// rest waits until nothing is left of deleted records: no rows, files or words.
func (d *deleter) rest() error {
	db, err := sql.Open("sqlite", "file:"+filepath.Join(d.dir, "data.db")+"?_pragma=query_only(true)&_pragma=busy_timeout(10000)")
	if err != nil {
		return err
	}
	defer db.Close()
	for began := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		left, err := texts(db, "SELECT name FROM integrations WHERE state IN ('deleting', 'sweeping')") // files and trees that wait for their removal
		if err != nil {
			return err
		}
		tidy, err := pb_migrations.SearchIsTidy(dbx.NewFromDB(db, "sqlite"))
		if err != nil && !strings.Contains(err.Error(), "no such table") {
			return err
		}
		if len(left) == 0 && (tidy || err != nil) {
			return nil
		}
		if time.Since(began) > patience {
			return errors.New("files or words of what is deleted stay")
		}
	}
}

// keepWriting writes the small record again and again, and returns how long each write took.
func (d *deleter) keepWriting(s *studio, stop <-chan struct{}) (waits []wait, err error) {
	w, err := dial(d.address)
	if err != nil {
		return nil, err
	}
	defer w.Close()
	for n := 0; ; n++ {
		state := fmt.Sprint(n)
		began := time.Now()
		if err := w.ignore(request("PATCH", d.other+s.other+"?state="+state, s.owner, `{"state":"`+state+`"}`)); err != nil {
			return nil, err
		}
		waits = append(waits, wait{began, time.Since(began)})
		select {
		case <-stop:
			return waits, nil
		case <-time.After(time.Millisecond):
		}
	}
}

func (b *bench) reportCascade(size int, ours, floor, plain *deleter) {
	of := ", " + plural(size, "descendant")
	text := func(d *deleter) string {
		return fmt.Sprintf("%s, gone after %s, another writer waits %s at most", span(median(d.took[size])), span(median(d.gone[size])), span(median(d.blocked[size])))
	}
	values := func(d *deleter, ratio float64) map[string]float64 {
		return map[string]float64{"ms": ms(median(d.took[size])), "gonems": ms(median(d.gone[size])), "blockedms": ms(median(d.blocked[size])), "ratio": ratio}
	}
	ratio, gone := median(ratios(ours.took[size], floor.took[size])), median(ratios(ours.gone[size], floor.gone[size]))
	blocked, later := ms(median(ours.blocked[size])), ms(median(ours.blockedAfter[size]))
	after := fmt.Sprintf("its words and files are gone %s later, while another writer waits %s at most", span(median(ours.afterwards[size])), span(median(ours.blockedAfter[size])))
	b.report.add(figure{Name: ours.name + of, Text: fmt.Sprintf("%s, %s; %s %s; ratio %.2f, of the time until it is gone %.2f", text(ours), after, floor.name, text(floor), ratio, gone),
		Values: values(ours, ratio),
		Aims:   append(atMost("cascade to raw SQLite foreign keys", ratio, 1.1, ""), atMost("wait of another writer", max(blocked, later), 50, " ms")...)})
	gain := median(ratios(plain.gone[size], ours.gone[size]))
	b.report.add(figure{Name: plain.name + of, Text: fmt.Sprintf("%s; ours is %.1f times as fast", text(plain), gain), Values: values(plain, gain)})
}

// withForeignKeys copies the database of a directory into one with the same tables, rows and indexes in which the
// relations are foreign keys of SQLite.
func withForeignKeys(from, dir string) error {
	seeded := filepath.Join(from, "data.db")
	path := filepath.Join(dir, "data.db")
	if err := removeDatabase(path); err != nil {
		return err
	}
	pb, err := core.DefaultDBConnect(path)
	if err != nil {
		return err
	}
	db := pb.DB()
	defer db.Close()
	db.SetMaxOpenConns(1) // an attached database exists only for one connection
	if _, err := db.Exec("ATTACH ? AS seeded", seeded); err != nil {
		return err
	}
	names := map[string]string{}
	for _, collection := range pb_migrations.Schema() {
		names[collection.Id] = collection.Name
	}
	for _, collection := range pb_migrations.Schema() {
		if err := copyTable(db, collection, names); err != nil {
			return fmt.Errorf("%s: %w", collection.Name, err)
		}
	}
	_, err = db.Exec("PRAGMA wal_checkpoint(TRUNCATE)")
	return err
}

// copyTable makes the table with its relations and indexes before it copies the rows, so that it grows as PocketBase's
// did.
func copyTable(db *sql.DB, collection *core.Collection, names map[string]string) error {
	columns, err := texts(db, "SELECT name FROM pragma_table_info(?, 'seeded')", collection.Name)
	if err != nil {
		return err
	}
	kinds, err := texts(db, "SELECT type || CASE WHEN \"notnull\" THEN ' NOT NULL' ELSE '' END FROM pragma_table_info(?, 'seeded')", collection.Name)
	if err != nil {
		return err
	}
	var definitions, values []string
	for i, column := range columns {
		definition, value := "`"+column+"` "+kinds[i], "`"+column+"`"
		if relation, ok := collection.Fields.GetByName(column).(*core.RelationField); ok {
			action := "SET NULL"
			if relation.CascadeDelete {
				action = "CASCADE"
			}
			definition = "`" + column + "` TEXT REFERENCES `" + names[relation.CollectionId] + "` (id) ON DELETE " + action
			value = "nullif(`" + column + "`, '')"
		}
		if column == "id" {
			definition += " PRIMARY KEY"
		}
		definitions, values = append(definitions, definition), append(values, value)
	}
	indexes, err := texts(db, "SELECT sql FROM seeded.sqlite_master WHERE type = 'index' AND tbl_name = ? AND sql != ''", collection.Name)
	if err != nil {
		return err
	}
	statements := append([]string{"CREATE TABLE `" + collection.Name + "` (" + strings.Join(definitions, ", ") + ")"}, indexes...)
	statements = append(statements, "INSERT INTO `"+collection.Name+"` SELECT "+strings.Join(values, ", ")+" FROM seeded.`"+collection.Name+"` ORDER BY rowid")
	for _, statement := range statements {
		if _, err := db.Exec(statement); err != nil {
			return fmt.Errorf("%s: %w", statement, err)
		}
	}
	return nil
}

func texts(db *sql.DB, query string, args ...any) (out []string, err error) {
	rows, err := db.Query(query, args...)
	if err != nil {
		return nil, err
	}
	defer rows.Close()
	for rows.Next() {
		var text string
		if err := rows.Scan(&text); err != nil {
			return nil, err
		}
		out = append(out, text)
	}
	return out, rows.Err()
}

func removeDatabase(path string) error {
	for _, suffix := range []string{"", "-wal", "-shm"} {
		if err := os.Remove(path + suffix); err != nil && !errors.Is(err, os.ErrNotExist) {
			return err
		}
	}
	return nil
}
