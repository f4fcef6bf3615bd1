package pb_migrations

import (
	"fmt"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// SearchGone holds the numbers of rows that are still in the full-text index though their records are gone. Taking a row out of
// the index costs several times what its record's own row does, so a deletion of many notes them here, and they are taken out
// bit by bit afterwards. A search never shows them: it reads the records that it found.
const SearchGone = "search_gone"

// searchLater is a number that stands in SearchGone during a transaction that notes what it deletes, and never after it.
const searchLater = "-1"

// SearchLater makes what the transaction deletes from now on be taken out of the index later, until SearchAtOnce.
func SearchLater(db dbx.Builder) error {
	return runAll(db, []string{"INSERT OR IGNORE INTO " + SearchGone + " (number) VALUES (" + searchLater + ")"})
}

// SearchAtOnce ends what SearchLater began, in the same transaction.
func SearchAtOnce(db dbx.Builder) error {
	return runAll(db, []string{"DELETE FROM " + SearchGone + " WHERE number = " + searchLater})
}

// ForgetSearched takes up to so many rows of gone records out of the index, and tells how many it took.
func ForgetSearched(db dbx.Builder, most int) (taken int, err error) {
	some := fmt.Sprintf("(SELECT number FROM %s WHERE number >= 0 ORDER BY number LIMIT %d)", SearchGone, most)
	if _, err := db.NewQuery("DELETE FROM " + SearchTable + " WHERE rowid IN " + some).Execute(); err != nil {
		return 0, err
	}
	result, err := db.NewQuery("DELETE FROM " + SearchGone + " WHERE number IN " + some).Execute()
	if err != nil {
		return 0, err
	}
	n, err := result.RowsAffected()
	return int(n), err
}

// searchGoneTriggers are those of searchTriggers for a row that is made or deleted. A new record may get the rowid of one that
// is gone, and then its row of the index replaces the other's.
func searchGoneTriggers(collection, words string, place int) []string {
	was, is := searchNumber("old", place), searchNumber("new", place)
	noted := "EXISTS (SELECT 1 FROM " + SearchGone + " WHERE number = " + searchLater + ")"
	return []string{
		fmt.Sprintf("CREATE TRIGGER search_%s_made AFTER INSERT ON %s BEGIN INSERT OR REPLACE INTO %s (rowid, client, words) VALUES (%s, new.client, %s); DELETE FROM %s WHERE number = %s; END",
			collection, collection, SearchTable, is, wordsOf("new", words), SearchGone, is),
		fmt.Sprintf("CREATE TRIGGER search_%s_gone AFTER DELETE ON %s WHEN NOT %s BEGIN DELETE FROM %s WHERE rowid = %s; END", collection, collection, noted, SearchTable, was),
		fmt.Sprintf("CREATE TRIGGER search_%s_later AFTER DELETE ON %s WHEN %s BEGIN INSERT OR IGNORE INTO %s (number) VALUES (%s); END", collection, collection, noted, SearchGone, was),
	}
}

func init() {
	m.Register(func(app core.App) error {
		statements := []string{"CREATE TABLE " + SearchGone + " (number INTEGER PRIMARY KEY)"}
		for place, s := range Searched {
			statements = append(statements, "DROP TRIGGER search_"+s.Collection+"_made", "DROP TRIGGER search_"+s.Collection+"_gone")
			statements = append(statements, searchGoneTriggers(s.Collection, s.Words, place)...)
		}
		return runAll(app.DB(), statements)
	}, func(app core.App) error {
		statements := []string{"DELETE FROM " + SearchTable + " WHERE rowid IN (SELECT number FROM " + SearchGone + ")"}
		for place, s := range Searched {
			for _, event := range []string{"made", "gone", "later"} {
				statements = append(statements, "DROP TRIGGER search_"+s.Collection+"_"+event)
			}
			statements = append(statements, searchTriggers(s.Collection, s.Words, place)[:2]...)
		}
		return runAll(app.DB(), append(statements, "DROP TABLE "+SearchGone))
	})
}
