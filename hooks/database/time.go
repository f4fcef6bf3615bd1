package database

import (
	"encoding/json"
	"strings"
	"time"

	"github.com/pocketbase/pocketbase/tools/types"
)

// Time is a stored time that is RFC 3339 on the wire; "" where there is none.
type Time struct{ types.DateTime }

// MarshalJSON writes RFC 3339.
func (t Time) MarshalJSON() ([]byte, error) { return json.Marshal(OnTheWire(t.DateTime)) }

// OnTheWire is a time in RFC 3339; the database has a space in the place of the T.
func OnTheWire(t types.DateTime) string { return strings.Replace(t.String(), " ", "T", 1) }

// Stored is a time as the database holds it, which orders as text.
func Stored(t time.Time) string { return t.UTC().Format(types.DefaultDateLayout) }
