package pb_migrations

import (
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
