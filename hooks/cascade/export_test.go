package cascade

import "testing"

// AfterChunk runs do after each chunk of a sweep until the test ends.
func AfterChunk(t *testing.T, do func()) {
	afterChunk = do
	t.Cleanup(func() { afterChunk = nil })
}
