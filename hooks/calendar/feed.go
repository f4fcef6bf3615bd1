package calendar

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
	"net/url"
	"strings"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/security"
	"github.com/pocketbase/pocketbase/tools/types"

	"greenroom/hooks/access"
	"greenroom/hooks/config"
	"greenroom/hooks/database"
	"greenroom/hooks/people"
)

// A client's calendar program can subscribe to their bookings at an address with a secret key, which the client can
// replace or revoke. Only the key's SHA-256 is stored, so that a reader of the database cannot use it.

const (
	feedPath     = "/api/portal/bookings.ics"
	feedKeyChars = 40
	maxInFeed    = 1_000 // bookings, the newest ones
)

// bindFeed serves the feed, and POST and DELETE /api/portal/feed, by which a client creates or replaces, and revokes,
// the feed's address.
func bindFeed(app core.App, c config.Config) {
	app.OnServe().BindFunc(func(e *core.ServeEvent) error {
		e.Router.GET(feedPath, func(e *core.RequestEvent) error { return feed(e, c, time.Now()) }).Bind(access.HideQuery(), apis.SkipSuccessActivityLog())
		e.Router.POST("/api/portal/feed", func(e *core.RequestEvent) error { return makeFeed(e, c) }).Bind(apis.RequireAuth("clients"), apis.BodyLimit(maxFormBytes))
		e.Router.DELETE("/api/portal/feed", revokeFeed).Bind(apis.RequireAuth("clients"), apis.BodyLimit(maxFormBytes))
		return e.Next()
	})
}

// makeFeed answers with a new address, {url}. The former address stops working.
func makeFeed(e *core.RequestEvent, c config.Config) error {
	key := security.RandomString(feedKeyChars)
	if err := setFeedKey(e, fingerprint(key)); err != nil {
		return e.InternalServerError("The address could not be made. Try again in a moment.", err)
	}
	address := access.Origin(c, e.Request) + feedPath
	if c.URL != nil {
		address = c.URL.JoinPath(feedPath).String()
	}
	e.Response.Header().Set("Cache-Control", "no-store")
	return e.JSON(http.StatusOK, map[string]string{"url": address + "?" + url.Values{"key": {key}}.Encode()})
}

func revokeFeed(e *core.RequestEvent) error {
	if err := setFeedKey(e, ""); err != nil {
		return e.InternalServerError("The address could not be taken back. Try again in a moment.", err)
	}
	return e.NoContent(http.StatusNoContent)
}

func setFeedKey(e *core.RequestEvent, fingerprint string) error {
	e.Auth.Set("feedKey", fingerprint)
	return e.App.Save(e.Auth)
}

func fingerprint(key string) string {
	sum := sha256.Sum256([]byte(key))
	return hex.EncodeToString(sum[:])
}

// cancelledRetention is how long a cancelled meeting stays in the feed after its planned end, so that every subscribed
// program sees the cancellation.
const cancelledRetention = 28 * 24 * time.Hour

// feed answers with the bookings of the client whose key it is, as text/calendar with an ETag. A key that is wrong,
// revoked, or of an archived client is answered 404.
func feed(e *core.RequestEvent, c config.Config, now time.Time) error {
	client, err := e.App.FindFirstRecordByData("clients", "feedKey", fingerprint(access.SecretQuery(e).Get("key")))
	if err != nil || client.GetString("archivedAt") != "" {
		return e.NotFoundError(access.NotHere, err)
	}
	var rows []feedBooking
	err = e.App.DB().NewQuery("SELECT id, title, startTime, endTime, meetUrl, cancelledAt, sequence, created, updated FROM bookings" +
		" WHERE client = {:client} AND (cancelledAt = '' OR endTime > {:since}) ORDER BY startTime DESC, id DESC LIMIT {:limit}").Bind(dbx.Params{"client": people.Account(client), "limit": maxInFeed, "since": database.Stored(now.Add(-cancelledRetention))}).All(&rows)
	if err != nil {
		return e.InternalServerError("The calendar could not be read just now. It will be there at the next try.", err)
	}
	body := iCalendar(c.Studio, c.Timezone, rows)
	sum := sha256.Sum256(body)
	etag := `"` + hex.EncodeToString(sum[:16]) + `"`
	header := e.Response.Header()
	header.Set("ETag", etag)
	header.Set("Cache-Control", "private, no-cache")
	header.Set("X-Robots-Tag", "noindex")
	if matches(e.Request.Header.Get("If-None-Match"), etag) {
		return e.NoContent(http.StatusNotModified)
	}
	header.Set("Content-Disposition", `inline; filename="bookings.ics"`)
	return e.Blob(http.StatusOK, "text/calendar; charset=utf-8", body)
}

// matches reports whether an If-None-Match header names the tag. A proxy may have made the tag weak ("W/").
func matches(header, etag string) bool {
	for tag := range strings.SplitSeq(header, ",") {
		if tag = strings.TrimSpace(tag); tag == "*" || strings.TrimPrefix(tag, "W/") == etag {
			return true
		}
	}
	return false
}

// feedBooking holds the fields of a booking that the feed shows.
type feedBooking struct {
	Id          string         `db:"id"`
	Title       string         `db:"title"`
	Start       types.DateTime `db:"startTime"`
	End         types.DateTime `db:"endTime"`
	MeetURL     string         `db:"meetUrl"`
	CancelledAt types.DateTime `db:"cancelledAt"`
	Sequence    int            `db:"sequence"`
	Created     types.DateTime `db:"created"`
	Updated     types.DateTime `db:"updated"`
}
