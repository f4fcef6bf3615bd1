package doctor

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"greenroom/hooks/phrases"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// database checks both databases for damage, and opens them for the checks after it.
func database(p *patient) check {
	c := check{Name: "database", State: ok}
	for _, file := range []struct {
		name string
		into **dbx.DB
	}{{dataFile, &p.data}, {logsFile, &p.logs}} {
		path := filepath.Join(p.dir, file.name)
		info, err := os.Stat(path)
		if err != nil { // the check of the directory has reported a missing database
			continue
		}
		db, err := openToRead(path)
		if err != nil && !strings.Contains(err.Error(), "malformed") { // malformed are the pages with the list of tables
			c.State, c.Say, c.Do = fails, file.name+" cannot be read: "+err.Error(), "Run the doctor as the user that the server runs as; if that is so, restore what is newest: greenroom restore --to a new directory"
			p.distrust()
			return c
		}
		damage := ""
		if err != nil {
			damage = err.Error()
		} else if damage = damageOf(db); damage != "" {
			_ = db.Close() // it was only read
		}
		if damage != "" {
			c.State, c.Say, c.Do = fails, file.name+" is damaged: "+damage, restoreNewest
			p.distrust()
			return c
		}
		*file.into = db
		if file.name == dataFile {
			c.Say = "it is whole, " + phrases.Bytes(info.Size())
		}
	}
	if p.data == nil {
		return check{}
	}
	return c
}

// distrust takes the databases away from the following checks, so that none of them reports a database as sound of which
// a part cannot be read.
func (p *patient) distrust() {
	p.close()
	p.data, p.logs, p.damaged = nil, nil, true
}

// restoreNewest is the only remedy for a damaged database.
const restoreNewest = "Stop the server and restore what is newest: greenroom restore --to a new directory"

// damageOf reads a whole database and returns the first fault that SQLite finds.
func damageOf(db *dbx.DB) string {
	verdict := ""
	switch err := db.NewQuery("PRAGMA quick_check(1)").Row(&verdict); {
	case err != nil:
		return err.Error()
	case verdict != ok:
		return strings.TrimSpace(strings.TrimPrefix(verdict, "*** in database main ***"))
	}
	return ""
}

// openToRead opens a database read-only. Like the server it waits for a writer.
func openToRead(path string) (*dbx.DB, error) {
	db, err := dbx.Open("sqlite", path+"?_pragma=busy_timeout(10000)&_pragma=query_only(1)")
	if err != nil {
		return nil, err
	}
	var tables int
	if err := db.NewQuery("SELECT count(*) FROM sqlite_master").Row(&tables); err != nil {
		_ = db.Close()
		return nil, err
	}
	return db, nil
}

func (p *patient) close() {
	for _, db := range []*dbx.DB{p.data, p.logs} {
		if db != nil {
			_ = db.Close()
		}
	}
}

// collections returns the stored collections by name.
func (p *patient) collections() (map[string]*core.Collection, error) {
	var all []*core.Collection
	if err := p.data.Select("*").From("_collections").All(&all); err != nil {
		return nil, fmt.Errorf("the collections cannot be read: %w", err)
	}
	byName := map[string]*core.Collection{}
	for _, c := range all {
		byName[c.Name] = c
	}
	return byName, nil
}
