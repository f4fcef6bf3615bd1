package pb_migrations

import (
	"fmt"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// SearchGone lists the numbers of rows of the full-text index whose records are deleted. Removing a row from the index
// costs several times as much as deleting its record, so a large deletion lists them here, and they are removed later
// in small steps. A search never shows them, because it reads the records that it found.
const SearchGone = "search_gone"

// searchLater is a number that is in SearchGone only inside a transaction that lists what it deletes.
const searchLater = "-1"

// SearchLater makes the transaction list the rows of records that it deletes from now on, until SearchAtOnce.
func SearchLater(db dbx.Builder) error {
	return runAll(db, []string{"INSERT OR IGNORE INTO " + SearchGone + " (number) VALUES (" + searchLater + ")"})
}

// SearchAtOnce ends the effect of SearchLater, in the same transaction.
func SearchAtOnce(db dbx.Builder) error {
	return runAll(db, []string{"DELETE FROM " + SearchGone + " WHERE number = " + searchLater})
}

// searchGoneTriggers returns those of searchTriggers that run for created and deleted rows. A new record can get the
// rowid of a deleted one; its row then replaces the other's in the index.
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
