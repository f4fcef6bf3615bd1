package clerk

import (
	"testing"
	"time"
)

// RefetchEvery lets a test that is not parallel wait for the second fetch of the keys without taking half a minute.
func RefetchEvery(t testing.TB, every time.Duration) {
	was := refetchEvery
	refetchEvery = every
	t.Cleanup(func() { refetchEvery = was })
}
