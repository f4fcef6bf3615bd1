package cascade

import (
	"errors"
	"time"

	"github.com/pocketbase/pocketbase/core"

	"greenroom/pb_migrations"
)

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

// The words are removed in transactions of so many rows, with a pause after each, in which others can use the disk.
const (
	wordsAtOnce = 200
	wordsPause  = 20 * time.Millisecond
)

// The writing connection caches 32 MB, so that it keeps the pages of a large tree in memory until the connection is
// closed as idle. By default each of its commits would also copy the log of writes into the database while other
// writers wait: up to 64 MB of the log are copied by a reading connection instead, after the last commit.
var (
	muchToWrite  = []string{"PRAGMA cache_size = -32000", "PRAGMA wal_autocheckpoint = 16000"}
	besideOthers = "PRAGMA wal_checkpoint(PASSIVE)"
	asBefore     = "PRAGMA wal_autocheckpoint = 1000"
)

// writesMuch prepares a transaction for many changes.
func (s *sweeper) writesMuch(c *cascade) error {
	if c.count < wordsAtOnce {
		return nil
	}
	for _, pragma := range muchToWrite {
		if _, err := c.tx.DB().NewQuery(pragma).Execute(); err != nil {
			return err
		}
	}
	return nil
}

// tidyUp copies the log of writes and removes words after many deletions, in the background.
func (s *sweeper) tidyUp() {
	s.background.Go(func() {
		_, err := s.app.ConcurrentDB().NewQuery(besideOthers).Execute()
		if _, again := s.app.NonconcurrentDB().NewQuery(asBefore).Execute(); err != nil || again != nil {
			s.app.Logger().Warn("The log of writes could not be emptied yet.", "error", errors.Join(err, again))
		}
		s.forgetWords()
	})
}

// forgetWords removes the words of deleted records from the search index.
func (s *sweeper) forgetWords() {
	if !s.notesWords {
		return
	}
	s.forgetting.Lock()
	defer s.forgetting.Unlock()
	for s.ctx.Err() == nil {
		taken := 0
		err := s.app.RunInTransaction(func(tx core.App) (err error) {
			taken, err = pb_migrations.ForgetSearched(tx.DB(), wordsAtOnce)
			return err
		})
		if err != nil {
			s.app.Logger().Warn("Deleted words could not be taken out of the search index yet.", "error", err)
		}
		if err != nil || taken < wordsAtOnce {
			return // the next deletion or start continues
		}
		select {
		case <-time.After(wordsPause):
		case <-s.ctx.Done():
		}
	}
}
