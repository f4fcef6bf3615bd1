package testkit

import (
	"math/rand/v2"
	"os"
	"strconv"
	"testing"
)

// Seed returns the seed of a test's random data: a constant, a new one in each long run, or GREENROOM_SEED.
func Seed(t testing.TB) uint64 {
	t.Helper()
	seed := uint64(1)
	if given := os.Getenv("GREENROOM_SEED"); given != "" {
		n, err := strconv.ParseUint(given, 10, 64)
		if err != nil {
			t.Fatal("GREENROOM_SEED: ", err)
		}
		seed = n
	} else if os.Getenv("GREENROOM_SOAK") != "" {
		seed = rand.Uint64()
	}
	t.Logf("GREENROOM_SEED=%d", seed)
	return seed
}
