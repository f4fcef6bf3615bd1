package testkit

import (
	"testing"
	"time"
)

// Eventually returns as soon as the condition holds, and fails the test if it does not within a minute, which is long
// for any machine. It is for work in the background that announces its end to nobody.
func Eventually(t testing.TB, condition string, holds func() bool) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); !holds(); time.Sleep(2 * time.Millisecond) {
		if time.Now().After(deadline) {
			t.Fatalf("not within a minute: %s", condition)
		}
	}
}
