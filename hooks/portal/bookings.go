package portal

import (
	"encoding/base64"
	"errors"
	"net/http"
	"strings"
	"time"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/types"

	"greenroom/hooks/database"
	"greenroom/hooks/people"
)

const (
	pastPageSize = 10
	maxUpcoming  = 200
)

const (
	selectUpcoming = "SELECT {bookings} FROM bookings WHERE client = ? AND endTime > ? ORDER BY startTime, id LIMIT ?"
	selectPast     = "SELECT {bookings} FROM bookings WHERE client = ? AND endTime <= ? AND (startTime, id) < (?, ?) ORDER BY startTime DESC, id DESC LIMIT ?"
)

// afterAll sorts after every stored time.
const afterAll = "9999"

// bookings answers with a client's meetings: upcoming ones, soonest first, and past ones, latest first, ten at a time.
// nextCursor requests the ten before. A cancelled meeting keeps its place, with cancelledAt set.
func bookings(e *core.RequestEvent, s *statements, client *core.Record, now time.Time) error {
	beforeTime, beforeId, err := parseCursor(e.Request.URL.Query().Get("cursor"))
	if err != nil {
		return e.BadRequestError("The cursor is not one that this page gave. Ask again without it.", err)
	}
	var upcoming, past list
	var next string
	err = s.snapshot(e.Request.Context(), func(v view) error {
		if err := v.each(selectUpcoming, func(r row) { upcoming.add(r.object) }, people.Account(client), database.Stored(now), maxUpcoming); err != nil {
			return err
		}
		var lastTime, lastId string
		return v.each(selectPast, func(r row) {
			if past.count == pastPageSize { // one more row than a page is read, to see whether there are more
				next = cursor(lastTime, lastId)
				return
			}
			past.add(r.object)
			lastTime, lastId = r.text("startTime"), r.text("id")
		}, people.Account(client), database.Stored(now), beforeTime, beforeId, pastPageSize+1)
	})
	if err != nil {
		return err
	}
	return e.JSON(http.StatusOK, bookingsPage{upcoming, past, next})
}

// bookingsPage is the answer. NextCursor is "" on the last page.
type bookingsPage struct {
	Upcoming   list   `json:"upcoming"`
	Past       list   `json:"past"`
	NextCursor string `json:"nextCursor"`
}

// cursor encodes the last booking of a page.
func cursor(startTime, id string) string {
	return base64.RawURLEncoding.EncodeToString([]byte(startTime + "|" + id))
}

func parseCursor(cursor string) (startTime, id string, err error) {
	if cursor == "" {
		return afterAll, "", nil
	}
	decoded, err := base64.RawURLEncoding.DecodeString(cursor)
	if err != nil {
		return "", "", err
	}
	startTime, id, ok := strings.Cut(string(decoded), "|")
	if _, err := time.Parse(types.DefaultDateLayout, startTime); err != nil || !ok || id == "" {
		return "", "", errors.New("a cursor without its two parts")
	}
	return startTime, id, nil
}
