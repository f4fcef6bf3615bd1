package cascade

import "testing"

// AfterChunk has something done between two chunks of a sweep, while the test lasts.
func AfterChunk(t *testing.T, do func()) {
	afterChunk = do
	t.Cleanup(func() { afterChunk = nil })
}
