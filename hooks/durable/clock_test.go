package durable

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
	"time"

	"github.com/benbjohnson/litestream"
)

// A lease expires by the bucket's clock, whatever the machines' clocks say.
func TestALeaseGoesByTheBucketsClock(t *testing.T) {
	bucket := time.Date(2026, 11, 22, 12, 0, 0, 0, time.UTC)
	for name, ahead := range map[string]time.Duration{"right": 0, "an hour ahead": time.Hour, "an hour behind": -time.Hour, "a day ahead": 24 * time.Hour, "a day behind": -24 * time.Hour,
		"a year ahead": 365 * 24 * time.Hour, "a year behind": -365 * 24 * time.Hour} {
		held := &litestream.Lease{ExpiresAt: bucket.Add(ahead + leaseTTL)}
		if leaseExpired(held, bucket, bucket.Add(leaseTTL-time.Second), true) {
			t.Errorf("a clock that is %s loses a lease that is renewed", name)
		}
		if !leaseExpired(held, bucket, bucket.Add(leaseTTL), true) {
			t.Errorf("a clock that is %s keeps a lease that is not renewed", name)
		}
	}
}

// The holder gives its lease up by its wall clock or by the time that has passed, whichever comes first.
func TestALeaseIsGivenUpInTime(t *testing.T) {
	for name, tc := range map[string]struct {
		wall, passed time.Duration // wall: time left by the wall clock; passed: time since the renewal by the monotonic clock
		holds        bool
	}{
		"just renewed":               {leaseTTL, 0, true},
		"not renewed for long":       {0, leaseTTL, false},
		"a clock that was put back":  {time.Hour, leaseTTL, false},
		"a machine that stood still": {-time.Hour, 0, false},
	} {
		l := &lease{held: &litestream.Lease{ExpiresAt: time.Now().Add(tc.wall)}, renewed: time.Now().Add(-tc.passed)}
		if l.holds() != tc.holds {
			t.Errorf("%s: holds is %v", name, l.holds())
		}
	}
}

// Of the copies made before upgrades the one just made is not removed, even if a clock that was ahead gave others later
// names.
func TestTheCopyOfThisUpgradeIsKept(t *testing.T) {
	dir := t.TempDir()
	made := "20261122T120000.000000000Z.db"
	for _, name := range []string{"20260101T120000.000000000Z.db", made, "20271122T120000.000000000Z.db", "20281122T120000.000000000Z.db", "20291122T120000.000000000Z.db"} {
		if err := os.WriteFile(filepath.Join(dir, name), nil, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := removeOlder(dir, upgradesKept, made); err != nil {
		t.Fatal(err)
	}
	left, err := filepath.Glob(filepath.Join(dir, "*"))
	if err != nil || len(left) != upgradesKept || !slices.Contains(left, filepath.Join(dir, made)) {
		t.Errorf("%v are left: %v", left, err)
	}
}
