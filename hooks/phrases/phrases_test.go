package phrases

import (
	"testing"
	"time"
)

func TestPhrases(t *testing.T) {
	zone, err := time.LoadLocation("America/New_York")
	if err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct{ got, want string }{
		{Count(0, "project"), "0 projects"},
		{Count(1, "project"), "1 project"},
		{Count(int64(2), "project"), "2 projects"},
		{Bytes(int64(0)), "0 B"},
		{Bytes(int64(1023)), "1023 B"},
		{Bytes(int64(1536)), "1.5 KB"},
		{Bytes(int64(5) << 20), "5.0 MB"},
		{Bytes(uint64(1) << 40), "1024.0 GB"},
		{Position(0), "0:00"},
		{Position(72_999), "1:12"},
		{Position(3_672_000), "1:01:12"},
		{Moment(time.Date(2026, 11, 24, 19, 0, 0, 0, time.UTC), zone), "Tuesday 24 November 2026, 14:00 (New York)"},
		{City(time.UTC), "UTC"},
		{Day(time.Date(2026, 11, 24, 0, 0, 0, 0, time.UTC), zone).Format(time.DateOnly), "2026-11-24"},
		{Day(time.Date(2026, 11, 24, 0, 1, 0, 0, time.UTC), zone).Format(time.DateOnly), "2026-11-23"},
		{Day(time.Date(2026, 11, 24, 0, 0, 0, 0, zone), zone).Format(time.DateOnly), "2026-11-24"},
	} {
		if c.got != c.want {
			t.Errorf("%q instead of %q", c.got, c.want)
		}
	}
}
