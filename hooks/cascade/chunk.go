package cascade

import (
	"slices"
	"time"

	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/database"
)

// chunksToCopy is the number of chunks after which the log of writes is copied.
const chunksToCopy = 8

var (
	// chunkTime is how long a chunk and its commit last together if another writer waits. The chunk takes a third of it at
	// least, because each chunk costs a flush, and chunkShared at most, so that the other writer can share the commit.
	chunkTime   = 26 * time.Millisecond
	chunkShared = 18 * time.Millisecond
	// chunkMost is how long a chunk lasts if no other writer waits. It bounds what the commit at the end has to write.
	chunkMost = 60 * time.Millisecond
)

// These are set by tests: afterPiece runs within a chunk, and afterChunk between two.
var afterPiece, afterChunk func()

// piece is records of one collection, neighbours in the file, that are deleted with a few statements.
type piece struct {
	collection *core.Collection
	ids        []string
}

// pieces returns the tree without its root, the deepest records first, as one piece for each collection.
func (c *cascade) pieces() (out []piece) {
	for _, collection := range c.deepestFirst {
		if ids := c.asTheyLie(collection); len(ids) > 0 {
			out = append(out, piece{collection, ids})
		}
	}
	return out
}

// cut returns the first records, up to most, as a piece, and what is left without it.
func cut(pieces []piece, most int) (first piece, left []piece) {
	first = pieces[0]
	if len(first.ids) <= most {
		return first, pieces[1:]
	}
	left = slices.Clone(pieces)
	first.ids, left[0].ids = first.ids[:most], first.ids[most:]
	return first, left
}

// deleteChunk deletes records for as long as a chunk may last, with those that were added under them since the tree was
// read. It returns what is left.
func (s *sweeper) deleteChunk(pieces []piece, pace *pace) (left []piece, err error) {
	var ended time.Time
	err = s.afterOthers(func(tx core.App) error {
		began := pace.now()
		left = pieces
		c := &cascade{tx: tx, gone: map[*core.Collection][]string{}, count: unknown}
		err := s.wordsLater(c, func() error {
			for len(left) > 0 {
				var p piece
				p, left = cut(left, pace.size())
				pieceBegan := pace.now()
				if err := c.deletePiece(p); err != nil {
					return err
				}
				pace.deleted(len(p.ids), pace.now().Sub(pieceBegan))
				if afterPiece != nil {
					afterPiece()
				}
				if pace.ends(pace.now().Sub(began), database.Awaited(s.app)) {
					break
				}
			}
			return nil
		})
		if err == nil {
			err = c.forgetFiles()
		}
		ended = pace.now()
		return err
	})
	pace.committed(pace.now().Sub(ended))
	return left, err
}

// afterOthers runs a transaction that takes long. Who waits for a COMMIT that it would share gets one before.
func (s *sweeper) afterOthers(long func(tx core.App) error) error {
	awaited := false
	err := s.app.RunInTransaction(func(tx core.App) error {
		if awaited = database.Awaited(s.app); awaited {
			return nil
		}
		return long(tx)
	})
	if awaited && err == nil {
		err = s.app.RunInTransaction(long) // whoever comes now waits for it, else it would never begin
	}
	return err
}

func (c *cascade) deletePiece(p piece) error {
	c.root = core.NewRecord(p.collection)
	if err := c.follow(p.collection, p.ids, c.delete); err != nil {
		return err
	}
	if err := c.deleteThese(p.collection, p.ids); err != nil {
		return err
	}
	c.gone[p.collection] = append(c.gone[p.collection], p.ids...)
	return nil
}
