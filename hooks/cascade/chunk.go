package cascade

import (
	"slices"
	"time"

	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/database"
)

const pieceSize = 100 // records; a few milliseconds of processor time

var (
	// chunkTime is how long a chunk lasts at least, although another writer waits, because each chunk costs a flush.
	chunkTime = 15 * time.Millisecond
	// chunkMost is how long a chunk lasts if no other writer waits. It bounds what the commit at the end has to write.
	chunkMost = 40 * time.Millisecond
)

// These are set by tests: afterPiece runs within a chunk, and afterChunk between two.
var afterPiece, afterChunk func()

// piece is some records of one collection, neighbours in the file, that are deleted with a few statements.
type piece struct {
	collection *core.Collection
	ids        []string
}

// pieces returns the tree without its root, the deepest records first.
func (c *cascade) pieces() (out []piece) {
	for _, collection := range c.deepestFirst {
		for ids := range slices.Chunk(c.asTheyLie(collection), pieceSize) {
			out = append(out, piece{collection, ids})
		}
	}
	return out
}

// deleteChunk deletes one or more pieces, for as long as a chunk may last, with records that were added under them
// since the tree was read. It returns how many pieces it deleted.
func (s *sweeper) deleteChunk(pieces []piece) (taken int, err error) {
	err = s.app.RunInTransaction(func(tx core.App) error {
		began := time.Now()
		c := &cascade{tx: tx, gone: map[*core.Collection][]string{}, count: unknown}
		err := s.wordsLater(c, func() error {
			for taken < len(pieces) {
				if err := c.deletePiece(pieces[taken]); err != nil {
					return err
				}
				taken++
				if afterPiece != nil {
					afterPiece()
				}
				if lasts := time.Since(began); lasts >= chunkMost || lasts >= chunkTime && database.Awaited(s.app) {
					break
				}
			}
			return nil
		})
		if err != nil {
			return err
		}
		return c.forgetFiles()
	})
	return taken, err
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
