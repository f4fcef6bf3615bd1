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

	"github.com/pocketbase/pocketbase/core"

	"greenroom/pb_migrations"
)

var cascadeSizes = []int{1_000, 10_000, 50_000}

// deleter is one way of deleting a project with all records under it.
type deleter struct {
	name string
	*server
	start                     func(dir string) (*server, error)
	dir                       string
	project, other            string // the paths of the project, and of the small record that another writer keeps writing
	took, blocked, afterwards map[int][]time.Duration
}

func measureCascade(b *bench) error {
	seeded, err := seedLarge(b.newDir("cascade-seed"), cascadeSizes, b.rounds)
	if err != nil {
		return fmt.Errorf("seed: %w", err)
	}
	const projects, others = "/api/collections/projects/records/", "/api/collections/integrations/records/"
	ours := &deleter{name: "cascade", start: b.greenroom, project: projects, other: others}
	floor := &deleter{name: "SQLite's foreign keys", project: "/projects/", other: "/integrations/"}
	floor.start = func(dir string) (*server, error) { return b.again("serve-floor", dir) }
	plain := &deleter{name: "PocketBase's cascade", project: projects, other: others}
	plain.start = func(dir string) (*server, error) { return b.again("serve-plain", dir) }
	all := []*deleter{ours, floor, plain}
	for i, d := range all {
		d.took, d.blocked, d.afterwards = map[int][]time.Duration{}, map[int][]time.Duration{}, map[int][]time.Duration{}
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

// delete deletes one project while another writer keeps writing. The server has just started, so that its own cache is
// empty, and it is stopped when its background work is done.
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
	var longest time.Duration
	var failure error
	var writer sync.WaitGroup
	writer.Go(func() { longest, failure = d.keepWriting(s, stop) })
	time.Sleep(50 * time.Millisecond) // the writer has begun

	began := time.Now()
	err = w.ignore(request("DELETE", d.project+s.large[size][round], s.owner, ""))
	took := time.Since(began)
	close(stop)
	writer.Wait()
	if err != nil {
		return err
	}
	d.took[size], d.blocked[size] = append(d.took[size], took), append(d.blocked[size], longest)
	answered := time.Now()
	if err := d.rest(); err != nil {
		return err
	}
	d.afterwards[size] = append(d.afterwards[size], time.Since(answered))
	time.Sleep(300 * time.Millisecond) // time for hooks after the delete
	return failure
}

// rest waits until the files and words of deleted records are removed.
func (d *deleter) rest() error {
	db, err := sql.Open("sqlite", "file:"+filepath.Join(d.dir, "data.db")+"?_pragma=query_only(true)&_pragma=busy_timeout(10000)")
	if err != nil {
		return err
	}
	defer db.Close()
	for began := time.Now(); ; time.Sleep(20 * time.Millisecond) {
		left, err := texts(db, "SELECT name FROM integrations WHERE state = 'deleting'") // files that wait for their removal
		if err != nil {
			return err
		}
		words, err := texts(db, "SELECT number FROM "+pb_migrations.SearchGone+" LIMIT 1")
		if err != nil && !strings.Contains(err.Error(), "no such table") {
			return err
		}
		left = append(left, words...)
		if len(left) == 0 {
			return nil
		}
		if time.Since(began) > patience {
			return errors.New("files or words of what is deleted stay")
		}
	}
}

// keepWriting writes the small record again and again, and returns the longest time that a write took.
func (d *deleter) keepWriting(s *studio, stop <-chan struct{}) (longest time.Duration, err error) {
	w, err := dial(d.address)
	if err != nil {
		return 0, err
	}
	defer w.Close()
	for n := 0; ; n++ {
		state := fmt.Sprint(n)
		began := time.Now()
		if err := w.ignore(request("PATCH", d.other+s.other+"?state="+state, s.owner, `{"state":"`+state+`"}`)); err != nil {
			return 0, err
		}
		longest = max(longest, time.Since(began))
		select {
		case <-stop:
			return longest, nil
		case <-time.After(time.Millisecond):
		}
	}
}

func (b *bench) reportCascade(size int, ours, floor, plain *deleter) {
	of := ", " + plural(size, "descendant")
	text := func(d *deleter) string {
		return fmt.Sprintf("%s, another writer waits %s at most", span(median(d.took[size])), span(median(d.blocked[size])))
	}
	values := func(d *deleter, ratio float64) map[string]float64 {
		return map[string]float64{"ms": ms(median(d.took[size])), "blockedms": ms(median(d.blocked[size])), "ratio": ratio}
	}
	ratio, blocked := median(ratios(ours.took[size], floor.took[size])), ms(median(ours.blocked[size]))
	after := fmt.Sprintf("its words and files are gone %s after the answer", span(median(ours.afterwards[size])))
	b.report.add(figure{Name: ours.name + of, Text: fmt.Sprintf("%s, %s; %s %s; ratio %.2f", text(ours), after, floor.name, text(floor), ratio),
		Values: values(ours, ratio),
		Aims:   append(atMost("cascade to raw SQLite foreign keys", ratio, 1.1, ""), atMost("wait of another writer", blocked, 50, " ms")...)})
	gain := median(ratios(plain.took[size], ours.took[size]))
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
