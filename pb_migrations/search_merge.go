package pb_migrations

import (
	"encoding/json"
	"fmt"

	"github.com/pocketbase/dbx"
)

// FTS5 keeps its index in segments, and merges them inside of transactions that change it: by default some hundreds of
// pages for each 64 rows, and more where many rows of a segment are deleted, because it only counts the pages that it
// writes. While many rows are removed, this is switched off, and the segments are merged in small steps instead.

const (
	automergeOff   = 0
	automergeUsual = 4 // the number of segments of a level from which they are merged; FTS5's default
)

// SearchMerges tells whether transactions that change the index merge its segments, which is stored in the database.
func SearchMerges(db dbx.Builder, merges bool) error {
	segments := automergeOff
	if merges {
		segments = automergeUsual
	}
	return runAll(db, []string{fmt.Sprintf("INSERT INTO %[1]s (%[1]s, rank) VALUES ('automerge', %[2]d)", SearchTable, segments)})
}

// SearchedGone counts the rows of deleted records that are still in the index.
func SearchedGone(db dbx.Builder) (n int, err error) {
	err = db.NewQuery("SELECT count(*) FROM " + SearchGone + " WHERE number >= 0").Row(&n)
	return n, err
}

// ForgetSearched removes rows of deleted records from the index: of the next ones, up to most, whose number is above
// after, all but one in every; all of them if every is 0. It returns the number of the last one, which is after if there
// was none.
func ForgetSearched(db dbx.Builder, after int64, most, every int) (last int64, err error) {
	var numbers, gone []int64
	err = db.NewQuery("SELECT number FROM " + SearchGone + " WHERE number > {:after} AND number >= 0 ORDER BY number LIMIT {:most}").
		Bind(dbx.Params{"after": after, "most": most}).Column(&numbers)
	if err != nil || len(numbers) == 0 {
		return after, err
	}
	for i, number := range numbers {
		if every == 0 || i%every != every-1 {
			gone = append(gone, number)
		}
	}
	list, _ := json.Marshal(gone) // numbers always encode
	for _, where := range []string{SearchTable + " WHERE rowid", SearchGone + " WHERE number"} {
		_, err := db.NewQuery("DELETE FROM " + where + " IN (SELECT value FROM json_each({:gone}))").Bind(dbx.Params{"gone": string(list)}).Execute()
		if err != nil {
			return after, err
		}
	}
	return numbers[len(numbers)-1], nil
}

// SearchIsTidy reports whether no row of a deleted record waits for its removal, and SearchMerges is on.
func SearchIsTidy(db dbx.Builder) (tidy bool, err error) {
	err = db.NewQuery(fmt.Sprintf("SELECT NOT EXISTS (SELECT 1 FROM %s) AND NOT EXISTS (SELECT 1 FROM %s_config WHERE k = 'automerge' AND v = %d)",
		SearchGone, SearchTable, automergeOff)).Row(&tidy)
	return tidy, err
}

// MergeSearched merges segments of the index by about the given number of pages in the caller's transaction, and
// reports whether there was nothing left to merge.
func MergeSearched(db dbx.Builder, pages int) (done bool, err error) {
	changes := func() (n int) {
		if err == nil {
			err = db.NewQuery("SELECT total_changes()").Row(&n)
		}
		return n
	}
	before := changes()
	if err != nil {
		return false, err
	}
	if err := runAll(db, []string{fmt.Sprintf("INSERT INTO %[1]s (%[1]s, rank) VALUES ('merge', %[2]d)", SearchTable, pages)}); err != nil {
		return false, err
	}
	return changes()-before < 2, err // the command itself counts as one change
}
