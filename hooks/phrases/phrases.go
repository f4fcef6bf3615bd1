// Package phrases writes numbers, sizes and times in the words that people read: in mails, on pages and in the output of
// commands.
package phrases

import (
	"fmt"
	"path"
	"strings"
	"time"
)

// Count returns a number of things, such as "1 project" or "2 projects".
func Count[N int | int64](n N, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// Bytes returns a size in B, KB, MB or GB (powers of 1024), such as "1.5 MB".
func Bytes[N int64 | uint64](n N) string {
	for _, unit := range []struct {
		name  string
		bytes N
	}{{"GB", 1 << 30}, {"MB", 1 << 20}, {"KB", 1 << 10}} {
		if n >= unit.bytes {
			return fmt.Sprintf("%.1f %s", float64(n)/float64(unit.bytes), unit.name)
		}
	}
	return fmt.Sprintf("%d B", n)
}

// Position returns a moment of a recording, in milliseconds from its beginning, as players show it: 1:12, and 1:01:12
// from an hour on.
func Position(ms int64) string {
	s := ms / 1000
	if s < 3600 {
		return fmt.Sprintf("%d:%02d", s/60, s%60)
	}
	return fmt.Sprintf("%d:%02d:%02d", s/3600, s/60%60, s%60)
}

// Moment returns a time in a zone, such as "Tuesday 24 November 2026, 14:00 (London)".
func Moment(t time.Time, zone *time.Location) string {
	return t.In(zone).Format("Monday 2 January 2006, 15:04") + " (" + City(zone) + ")"
}

// IsWholeDay reports whether a time stands for a whole day, which is stored as its midnight in UTC.
func IsWholeDay(t time.Time) bool { return t.UTC().Truncate(24 * time.Hour).Equal(t) }

// Day returns a time in the zone in which its date counts. A whole day is the same in every zone; any other time has the
// date that it has in the studio's zone.
func Day(t time.Time, zone *time.Location) time.Time {
	if IsWholeDay(t) {
		return t.UTC()
	}
	return t.In(zone)
}

// City returns the city by which a time zone is named, such as "New York".
func City(zone *time.Location) string {
	return strings.ReplaceAll(path.Base(zone.String()), "_", " ")
}
