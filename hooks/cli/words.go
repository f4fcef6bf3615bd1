package cli

import (
	"encoding/json"
	"errors"
	"strings"
	"time"

	"greenroom/hooks/database"
	"greenroom/hooks/phrases"

	"github.com/pocketbase/pocketbase/tools/types"
)

// date is a stored time; in JSON it is RFC 3339, or "" if empty.
type date struct{ types.DateTime }

func (d date) MarshalJSON() ([]byte, error) {
	return json.Marshal(database.OnTheWire(d.DateTime))
}

// timeOf parses a time as people write it, in the studio's zone unless it names one.
func timeOf(text string, zone *time.Location) (time.Time, error) {
	for _, form := range []string{time.RFC3339, "2006-01-02 15:04:05", "2006-01-02 15:04", "2006-01-02T15:04:05", "2006-01-02T15:04"} {
		if at, err := time.ParseInLocation(form, text, zone); err == nil {
			return at, nil
		}
	}
	return time.Time{}, errors.New("write a time as 2026-11-22 14:30, or as 2026-11-22T14:30:00Z")
}

// due says until when something is due; empty without a date. Midnight, in the zone or in UTC, means the whole day.
func due(d date, zone *time.Location) string {
	if d.IsZero() {
		return ""
	}
	for _, t := range []time.Time{d.Time().UTC(), d.Time().In(zone)} {
		if t.Hour() == 0 && t.Minute() == 0 && t.Second() == 0 {
			return "due " + t.Format("Monday 2 January 2006")
		}
	}
	return "due " + phrases.Moment(d.Time(), zone)
}

// words makes an enumeration's value readable: IN_REVIEW is "in review".
func words(value string) string {
	if value == "TODO" {
		return "to do"
	}
	return strings.ToLower(strings.ReplaceAll(value, "_", " "))
}
