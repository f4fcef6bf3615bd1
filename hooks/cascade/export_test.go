package cascade

import (
	"math"
	"testing"
)

// AfterChunk makes chunks as short as possible, and runs do after each of them, until the test ends.
func AfterChunk(t *testing.T, do func()) {
	usual := chunkMost
	chunkMost = 0
	t.Cleanup(func() { chunkMost = usual })
	AfterEachChunk(t, do)
}

// AfterEachChunk runs do after each chunk, until the test ends.
func AfterEachChunk(t *testing.T, do func()) {
	afterChunk = do
	t.Cleanup(func() { afterChunk = nil })
}

// InChunk runs do within chunks, after each piece, until the test ends.
func InChunk(t *testing.T, do func()) {
	afterPiece = do
	t.Cleanup(func() { afterPiece = nil })
}

// EndlessChunks makes a chunk end only if another writer waits, until the test ends.
func EndlessChunks(t *testing.T) {
	least, most := chunkTime, chunkMost
	chunkTime, chunkMost = 0, math.MaxInt64
	t.Cleanup(func() { chunkTime, chunkMost = least, most })
}

// AfterWords runs do after each step that removes words or merges the search index, until the test ends.
func AfterWords(t *testing.T, do func()) {
	afterWords = do
	t.Cleanup(func() { afterWords = nil })
}

// MergeLittle makes each step of merging write as few pages as FTS5 can, until the test ends.
func MergeLittle(t *testing.T) {
	usual := mergeMost
	mergeMost = 1
	t.Cleanup(func() { mergeMost = usual })
}

// EndlessWords makes a step that removes words end only if another writer waits, and runs do within such steps, after
// each statement, until the test ends.
func EndlessWords(t *testing.T, do func()) {
	usual := wordsTime
	wordsTime, afterRows = math.MaxInt64, do
	t.Cleanup(func() { wordsTime, afterRows = usual, nil })
}
