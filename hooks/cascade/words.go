package cascade

import (
	"time"

	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/database"
	"greenroom/pb_migrations"
)

// Words leave the search index in transactions of their own, which end soon after another writer begins to wait, with a
// pause after each, in which others can use the disk. First their rows are removed, and then the index is merged,
// because it is as large as before until then.
const (
	wordsStep  = 32 // rows of the index that one statement removes
	mergeMost  = 64 // pages that a step of merging writes
	wordsTime  = 10 * time.Millisecond
	wordsPause = 10 * time.Millisecond
	copyEach   = 16 // steps after which the log of writes is copied
)

// forgetWords removes the words of deleted records from the search index. What it leaves after a failure, the next
// deletion or start removes.
func (s *sweeper) forgetWords() {
	if !s.notesWords {
		return
	}
	s.forgetting.Lock()
	defer s.forgetting.Unlock()
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
	if err := s.inSteps(s.forgetSome); err != nil {
		return err
	}
	pages := 1
	err := s.inSteps(func() (done bool, err error) {
		began := time.Now()
		err = s.app.RunInTransaction(func(tx core.App) error {
			done, err = pb_migrations.MergeSearched(tx.DB(), pages)
			return err
		})
		if time.Since(began) < wordsTime/2 {
			pages = min(2*pages, mergeMost)
		} else if time.Since(began) > wordsTime {
			pages = max(pages/2, 1)
		}
		return done, err
	})
	if err != nil {
		return err
	}
	return pb_migrations.SearchMerges(s.app.NonconcurrentDB(), true)
}

// inSteps calls step until it is done, with a pause after each, which lasts as long as the step did and until no tree
// is swept. It stops with the app.
func (s *sweeper) inSteps(step func() (done bool, err error)) error {
	for n := 1; ; n++ {
		began := time.Now()
		s.sweeping.Lock()
		done, err := step()
		s.sweeping.Unlock()
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

// forgetSome removes rows of the index in one transaction.
func (s *sweeper) forgetSome() (done bool, err error) {
	err = s.app.RunInTransaction(func(tx core.App) error {
		for began := time.Now(); ; {
			taken, err := pb_migrations.ForgetSearched(tx.DB(), wordsStep)
			done = taken < wordsStep
			if err != nil || done || time.Since(began) >= wordsTime || database.Awaited(s.app) {
				return err
			}
		}
	})
	return done, err
}
