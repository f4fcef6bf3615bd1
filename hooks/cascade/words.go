package cascade

import (
	"time"

	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/database"
	"greenroom/pb_migrations"
)

// Words leave the search index in transactions of their own, which end soon after another writer begins to wait, with a
// pause after each, in which others can use the disk. Rows are removed, and then the index is merged, because it is as
// large as before until then.
//
// A step of merging is as long as FTS5 takes to write a page or two. Of removed rows nothing is written, so that one
// step would read everything that lies between two rows that stay, and with it all the words of a large tree. Therefore
// one of wordsEvery rows stays until the others are merged away, then one in wordsEvery of these, and so on.
const (
	wordsEvery = 8
	wordsFew   = 200 // rows that are removed without leaving any
	wordsStep  = 40  // rows that one statement looks at
	wordsPause = 10 * time.Millisecond
	copyEach   = 16 // steps after which the log of writes is copied
)

// Tests set these.
var (
	wordsTime = 10 * time.Millisecond // that a step lasts if no other writer waits
	mergeMost = 64                    // pages that a step of merging writes at most
)

// These are set by tests: afterRows runs within a step that removes rows, after each statement, and afterWords between
// two steps.
var afterRows, afterWords func()

// forgetWords removes the words of deleted records from the search index. What it leaves after a failure, the next
// deletion or start removes.
func (s *sweeper) forgetWords() {
	if !s.notesWords {
		return
	}
	s.tidying.Lock()
	defer s.tidying.Unlock()
	tidy, err := pb_migrations.SearchIsTidy(s.app.ConcurrentDB())
	if err == nil && !tidy {
		err = s.tidySearch()
	}
	if err != nil && s.ctx.Err() == nil {
		s.app.Logger().Warn("Deleted words could not be taken out of the search index yet.", "error", err)
	}
}

func (s *sweeper) tidySearch() error {
	if err := pb_migrations.SearchMerges(s.app.NonconcurrentDB(), false); err != nil {
		return err
	}
	for {
		left, err := pb_migrations.SearchedGone(s.app.ConcurrentDB())
		if err != nil {
			return err
		}
		if left > 0 {
			every := wordsEvery
			if left <= wordsFew {
				every = 0
			}
			if err := s.inSteps(s.forgetting(every)); err != nil {
				return err
			}
		}
		if err := s.inSteps(s.merging()); err != nil {
			return err
		}
		if left <= wordsFew {
			return pb_migrations.SearchMerges(s.app.NonconcurrentDB(), true)
		}
	}
}

// merging returns steps that merge the index, as many pages at once as fit into the time.
func (s *sweeper) merging() func() (bool, error) {
	pages := 1
	return func() (done bool, err error) {
		err = s.afterOthers(func(tx core.App) error {
			began := time.Now()
			done, err = pb_migrations.MergeSearched(tx.DB(), pages)
			if took := time.Since(began); took < wordsTime/2 {
				pages = min(2*pages, mergeMost)
			} else if took > wordsTime {
				pages = max(pages/2, 1)
			}
			return err
		})
		return done, err
	}
}

// inSteps calls step until it is done, with a pause after each, which lasts as long as the step did and until no tree
// is swept. It stops with the app.
func (s *sweeper) inSteps(step func() (done bool, err error)) error {
	for n := 1; ; n++ {
		began := time.Now()
		s.sweeping.Lock()
		done, err := step()
		s.sweeping.Unlock()
		if afterWords != nil {
			afterWords()
		}
		if done || err != nil {
			return err
		}
		if n%copyEach == 0 {
			s.copyLog()
		}
		select {
		case <-time.After(max(wordsPause, time.Since(began))):
		case <-s.ctx.Done():
			return s.ctx.Err()
		}
	}
}

// forgetting returns steps that remove the rows of deleted records from the index, except for one in every.
func (s *sweeper) forgetting(every int) func() (bool, error) {
	after := int64(-1) // the last number that was looked at
	return func() (done bool, err error) {
		err = s.afterOthers(func(tx core.App) error {
			for began := time.Now(); ; {
				last, err := pb_migrations.ForgetSearched(tx.DB(), after, wordsStep, every)
				done, after = last == after, last
				if afterRows != nil {
					afterRows()
				}
				if err != nil || done || time.Since(began) >= wordsTime || database.Awaited(s.app) {
					return err
				}
			}
		})
		return done, err
	}
}
