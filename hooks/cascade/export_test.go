package cascade

import "testing"

// AfterChunk makes chunks as short as possible, and runs do after each of them, until the test ends.
func AfterChunk(t *testing.T, do func()) {
	usual := chunkMost
	afterChunk, chunkMost = do, 0
	t.Cleanup(func() { afterChunk, chunkMost = nil, usual })
}
