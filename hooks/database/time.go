package database

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/pocketbase/pocketbase/tools/types"
)

// Time is a stored time whose JSON is RFC 3339, or "" for none.
type Time struct{ types.DateTime }

// MarshalJSON writes RFC 3339.
func (t Time) MarshalJSON() ([]byte, error) { return json.Marshal(OnTheWire(t.DateTime)) }

// OnTheWire returns a time in RFC 3339. The database has a space in place of the T.
func OnTheWire(t types.DateTime) string { return strings.Replace(t.String(), " ", "T", 1) }

// Stored returns a time as the database stores it, in text that sorts by time.
func Stored(t time.Time) string { return t.UTC().Format(types.DefaultDateLayout) }
