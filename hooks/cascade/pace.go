package cascade

import "time"

const (
	pieceLeast, pieceMost = 10, 400
	// pieceTime is how long the deletion of a piece may last. It bounds how late a chunk notices that another writer waits.
	pieceTime = 6 * time.Millisecond
)

// pace follows how fast a sweep is, and makes its steps as large as fits into the time of those who wait.
type pace struct {
	now    func() time.Time
	each   time.Duration // that the deletion of one record lasted in the last piece; zero if unknown
	commit time.Duration // that a commit lasts
}

// size returns how many records the next piece may have.
func (p *pace) size() int {
	if p.each <= 0 {
		return pieceLeast
	}
	return int(min(max(pieceTime/p.each, pieceLeast), pieceMost))
}

func (p *pace) deleted(records int, took time.Duration) { p.each = took / time.Duration(records) }

// committed notes how long a commit lasted, the earlier ones counting less and less.
func (p *pace) committed(took time.Duration) { p.commit = (p.commit + took) / 2 }

// ends reports whether a chunk that has lasted a time is long enough.
func (p *pace) ends(lasted time.Duration, awaited bool) bool {
	return lasted >= chunkMost || awaited && lasted >= max(min(chunkTime-p.commit, chunkShared), chunkTime/3)
}
