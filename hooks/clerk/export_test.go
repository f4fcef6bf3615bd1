package clerk

import (
	"testing"
	"time"
)

// RefetchEvery shortens the pause between fetches of the keys, for a test that is not parallel.
func RefetchEvery(t testing.TB, every time.Duration) {
	was := refetchEvery
	refetchEvery = every
	t.Cleanup(func() { refetchEvery = was })
}
