package cascade

import (
	"github.com/pocketbase/dbx"

	"greenroom/pb_migrations"
)

// wordsAtOnce is the number of records from which on a deletion leaves their words in the search index for later.
const wordsAtOnce = 50

// wordsLater runs do so that, for a large tree, the words it deletes are removed from the search index later.
func (s *sweeper) wordsLater(c *cascade, do func() error) error {
	if c.count < wordsAtOnce || !s.notesWords {
		return do()
	}
	if err := pb_migrations.SearchLater(c.tx.DB()); err != nil {
		return err
	}
	if err := do(); err != nil {
		return err
	}
	return pb_migrations.SearchAtOnce(c.tx.DB())
}

// While much is written, the writing connection caches 32 MB instead of one. By default each of its commits would also
// copy the log of writes into the database while other writers wait: up to 64 MB of the log are copied by a reading
// connection instead. A setting inside of a transaction would make it everybody's change (hooks/database/touched.go).
var (
	muchToWrite = []string{"PRAGMA cache_size = -32000", "PRAGMA wal_autocheckpoint = 16000"}
	asBefore    = []string{"PRAGMA cache_size = -1000", "PRAGMA wal_autocheckpoint = 1000"}
	passively   = "PRAGMA wal_checkpoint(PASSIVE)"
)

// writeMuch prepares the writing connection for many changes.
func writeMuch(db dbx.Builder) error { return runAll(db, muchToWrite) }

func runAll(db dbx.Builder, statements []string) error {
	for _, statement := range statements {
		if _, err := db.NewQuery(statement).Execute(); err != nil {
			return err
		}
	}
	return nil
}

// tidyUp copies the log of writes and removes words after many deletions, in the background.
func (s *sweeper) tidyUp() {
	s.background.Go(func() {
		s.copyLog()
		s.forgetWords()
		s.copyLog()
		if err := runAll(s.app.NonconcurrentDB(), asBefore); err != nil {
			s.app.Logger().Warn("The database keeps its settings for many writes.", "error", err)
		}
	})
}

// emptyLog copies the log of writes, most of it beside the writers, and what they wrote meanwhile while they wait: then
// the next one begins a new log. Else the commit with which the log is full would copy much while everybody waits.
func (s *sweeper) emptyLog() {
	s.copyLog()
	s.copyBy(s.app.NonconcurrentDB())
}

// copyLog copies the log of writes into the database beside the writers.
func (s *sweeper) copyLog() { s.copyBy(s.app.ConcurrentDB()) }

func (s *sweeper) copyBy(db dbx.Builder) {
	if _, err := db.NewQuery(passively).Execute(); err != nil {
		s.app.Logger().Warn("The log of writes could not be emptied yet.", "error", err)
	}
}
