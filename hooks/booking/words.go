package booking

import (
	"database/sql"
	"errors"
	"strconv"
	"strings"
	"time"

	"greenroom/hooks/database"
)

// InWords returns a duration of whole minutes in words, such as "24 hours" or "1 hour and 30 minutes".
func InWords(d time.Duration) string {
	var parts []string
	for _, unit := range []struct {
		name string
		of   int
	}{{"hour", int(d / time.Hour)}, {"minute", int(d % time.Hour / time.Minute)}} {
		switch {
		case unit.of == 1:
			parts = append(parts, "1 "+unit.name)
		case unit.of > 1:
			parts = append(parts, strconv.Itoa(unit.of)+" "+unit.name+"s")
		}
	}
	if len(parts) == 0 {
		return "the moment"
	}
	return strings.Join(parts, " and ")
}

func isNone(err error) bool { return errors.Is(err, sql.ErrNoRows) }

func stored(t time.Time) string { return database.Stored(t) }
