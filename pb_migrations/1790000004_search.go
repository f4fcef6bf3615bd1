package pb_migrations

import (
	"fmt"
	"strings"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// SearchTable is the full-text index. The client's id is a term of the first column, so that a client's search is
// restricted to it; the second has the record's words. The index stores no text, only where each word occurs.
const SearchTable = "search_words"

// Searched lists the collections with searchable text, and the SQL expression of that text for one row. The position of
// a collection is part of its rows' numbers in the index, so new ones must be added at the end.
var Searched = []struct{ Collection, Words string }{
	{"projects", "title || ' ' || description"},
	{"milestones", "title || ' ' || description"},
	{"sessions", "title || ' ' || notes"},
	{"goals", "title || ' ' || description"},
	{"deliverables", "title || ' ' || description || ' ' || feedback"},
	{"action_items", "title"},
	{"attachments", "filename"},
	{"comments", "body"}, // '' if it is deleted
}

// The number of a row in the index has three parts: a number derived from the client, so that a client's rows are
// adjacent and a search never reads those of others; the rowid of the record; and the position of its collection in
// Searched. SQLite keeps the rowids of tables with indexes in VACUUM and VACUUM INTO, and the doctor checks that index
// and records agree.
const (
	SearchPlaceBits  = 4
	SearchRecordBits = 37 // bits of the rowid and the position together
)

// searchDigits are the characters of ids.
const searchDigits = "0123456789abcdefghijklmnopqrstuvwxyz"

// searchLetters is the number of letters of the client's id from which the client's number is made: 60 million numbers
// in 26 bits. Two clients may share a number, because the id is a term beside it.
const searchLetters = 5

// SearchRange returns the first and the last number that rows of a client can have; those of all rows if the id is
// empty.
func SearchRange(client string) (first, last int64) {
	if client == "" {
		return 0, 1<<63 - 1
	}
	n := int64(0)
	for i := range searchLetters {
		digit := 0
		if i < len(client) {
			digit = max(0, strings.IndexByte(searchDigits, client[i]))
		}
		n = n*int64(len(searchDigits)) + int64(digit)
	}
	return n << SearchRecordBits, (n+1)<<SearchRecordBits - 1
}

// searchNumber returns the SQL expression of a row's number.
func searchNumber(row string, place int) string {
	client := "0"
	for i := range searchLetters {
		client = fmt.Sprintf("(%s * %d + max(0, instr('%s', substr(%s.client, %d, 1)) - 1))", client, len(searchDigits), searchDigits, row, i+1)
	}
	return fmt.Sprintf("((%s << %d) | (%s.rowid << %d) | %d)", client, SearchRecordBits, row, SearchPlaceBits, place)
}

// searchTriggers returns triggers that update the index in the transaction of each change, whoever writes: hooks,
// set-based deletions, imports, or a shell.
func searchTriggers(collection, words string, place int) []string {
	of := func(row string) string { return wordsOf(row, words) }
	remove := fmt.Sprintf("DELETE FROM %s WHERE rowid = %s;", SearchTable, searchNumber("old", place))
	add := fmt.Sprintf("INSERT INTO %s (rowid, client, words) VALUES (%s, new.client, %s);", SearchTable, searchNumber("new", place), of("new"))
	return []string{
		fmt.Sprintf("CREATE TRIGGER search_%[1]s_made AFTER INSERT ON %[1]s BEGIN %[2]s END", collection, add),
		fmt.Sprintf("CREATE TRIGGER search_%[1]s_gone AFTER DELETE ON %[1]s BEGIN %[2]s END", collection, remove),
		fmt.Sprintf("CREATE TRIGGER search_%[1]s_changed AFTER UPDATE ON %[1]s WHEN new.client != old.client OR %[2]s IS NOT %[3]s BEGIN %[4]s %[5]s END",
			collection, of("new"), of("old"), remove, add),
	}
}

// wordsOf returns the SQL expression of a collection's text for one row.
func wordsOf(row, words string) string {
	for _, column := range []string{"title", "description", "notes", "feedback", "filename", "body"} {
		words = strings.ReplaceAll(words, column, row+"."+column)
	}
	return words
}

// RebuildSearch builds the index again from the records, in the caller's transaction.
func RebuildSearch(db dbx.Builder) error {
	statements := []string{
		"DROP TABLE IF EXISTS " + SearchTable,
		"CREATE VIRTUAL TABLE " + SearchTable + ` USING fts5(client, words, content='', contentless_delete=1, tokenize="unicode61 remove_diacritics 2", prefix='2 3 4')`,
	}
	for place, s := range Searched {
		statements = append(statements, fmt.Sprintf("INSERT INTO %s (rowid, client, words) SELECT %s, client, %s FROM %s", SearchTable, searchNumber(s.Collection, place), s.Words, s.Collection))
	}
	noted, err := notesGone(db)
	if err != nil {
		return err
	}
	if noted {
		statements = append(statements, "DELETE FROM "+SearchGone)
	}
	return runAll(db, statements)
}

// notesGone reports whether the database has SearchGone, which a later migration adds.
func notesGone(db dbx.Builder) (has bool, err error) {
	err = db.NewQuery("SELECT count(*) FROM sqlite_master WHERE name = '" + SearchGone + "'").Row(&has)
	return has, err
}

// SearchFaults counts the records that the index lacks, and the rows of the index without a record that SearchGone does
// not list.
func SearchFaults(db dbx.Builder) (missing, extra int, err error) {
	var records string
	for place, s := range Searched {
		if place > 0 {
			records += " UNION ALL "
		}
		records += "SELECT " + searchNumber(s.Collection, place) + " AS number FROM " + s.Collection
	}
	index := "SELECT rowid FROM " + SearchTable
	err = db.NewQuery("SELECT count(*) FROM (" + records + ") WHERE number NOT IN (" + index + ")").Row(&missing)
	if err != nil {
		return 0, 0, err
	}
	noted, err := notesGone(db)
	if err != nil {
		return 0, 0, err
	}
	if noted {
		records += " UNION ALL SELECT number FROM " + SearchGone
	}
	err = db.NewQuery("SELECT count(*) FROM (" + index + ") WHERE rowid NOT IN (SELECT number FROM (" + records + "))").Row(&extra)
	return missing, extra, err
}

func runAll(db dbx.Builder, statements []string) error {
	for _, statement := range statements {
		if _, err := db.NewQuery(statement).Execute(); err != nil {
			return fmt.Errorf("%w in %s", err, statement)
		}
	}
	return nil
}

func init() {
	m.Register(func(app core.App) error {
		if err := RebuildSearch(app.DB()); err != nil {
			return err
		}
		for place, s := range Searched {
			if err := runAll(app.DB(), searchTriggers(s.Collection, s.Words, place)); err != nil {
				return err
			}
		}
		return nil
	}, func(app core.App) error {
		var statements []string
		for _, s := range Searched {
			for _, event := range []string{"made", "gone", "changed"} {
				statements = append(statements, "DROP TRIGGER search_"+s.Collection+"_"+event)
			}
		}
		return runAll(app.DB(), append(statements, "DROP TABLE "+SearchTable))
	})
}
