package records

import (
	"fmt"
	"math"
	"strconv"
	"strings"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
)

// A comment on a version that is a sound file can name a moment of it, or a stretch from one moment to another.

// momentFields are the fields of that moment. Only the request that creates the comment can set them, because answers
// to "at 1:12" would lose their sense.
var momentFields = []string{"timed", "atMs", "untilMs"}

// latestMoment is the latest moment in milliseconds if the file's length is not known: a year.
const latestMoment = 365 * 24 * 60 * 60 * 1000

const (
	wholeMilliseconds = "A moment is a whole number of milliseconds from the beginning, 0 or more."
	momentStays       = "A comment stays about the moment that it was written about. Write another one."
)

// moments refuses a moment that is not a number, which PocketBase would store as 0, and every change of a moment.
func moments(app core.App) {
	app.OnRecordCreateRequest("comments").BindFunc(func(e *core.RecordRequestEvent) error {
		sent := map[string]any{} // the raw body, because PocketBase has already turned the record's values into numbers
		if err := e.BindBody(&sent); err != nil {
			return e.BadRequestError("The request could not be read. Send JSON or a form.", err)
		}
		for _, name := range momentFields[1:] {
			switch value := sent[name].(type) {
			case nil, float64:
			case string:
				if _, err := strconv.ParseFloat(value, 64); value != "" && err != nil {
					return refuse(name, wholeMilliseconds)
				}
			default:
				return refuse(name, wholeMilliseconds)
			}
		}
		return e.Next()
	})
	app.OnRecordUpdateRequest("comments").BindFunc(func(e *core.RecordRequestEvent) error {
		if e.HasSuperuserAuth() { // the dashboard's form sends all fields back, so they are restored instead of refused
			for _, name := range momentFields {
				e.Record.SetRaw(name, e.Record.Original().GetRaw(name))
			}
		}
		return e.Next()
	})
	// This runs before the field's own validation, whose sentence says less.
	app.OnRecordValidate("comments").BindFunc(func(e *core.RecordEvent) error {
		for _, name := range momentFields[1:] {
			if ms := e.Record.GetFloat(name); !(ms >= 0 && ms <= latestMoment && ms == math.Trunc(ms)) {
				return refuse(name, wholeMilliseconds)
			}
		}
		return e.Next()
	})
}

// atMoment checks that the comment is about a version that is a sound file, and that the moment lies within it.
func (w Write) atMoment() error {
	if w.Was != nil {
		return w.momentStays()
	}
	at, until := w.Record.GetInt("atMs"), w.Record.GetInt("untilMs")
	switch {
	case !w.Record.GetBool("timed") && at == 0 && until == 0:
		return nil
	case !w.Record.GetBool("timed"):
		return refuse("timed", "Set timed as well, so that the comment is about a moment.")
	case w.Record.GetString("deliverable") == "":
		return refuse("timed", "Only a comment on a deliverable can be about a moment.")
	case until != 0 && until <= at:
		return refuse("untilMs", "The end of a stretch comes after its beginning. Leave untilMs out for a single moment.")
	}
	var kind string
	var length int
	err := w.App.DB().Select("mimeType", "durationMs").From("attachments").Where(dbx.HashExp{"id": w.Record.GetString("attachment")}).Limit(1).Row(&kind, &length)
	if err := ignoreNoRows(err); err != nil {
		return err
	}
	if !isSound(kind) {
		return refuse("timed", "Only a comment on a version that is sound can be about a moment.")
	}
	for _, name := range momentFields[1:] {
		if length > 0 && w.Record.GetInt(name) > length {
			return refuse(name, fmt.Sprintf("The file ends at %d milliseconds. Name a moment before that.", length))
		}
	}
	return nil
}

func (w Write) momentStays() error {
	for _, name := range momentFields {
		if w.Changed(name) {
			return refuse(name, momentStays)
		}
	}
	// Clearing the version is allowed, for its file may be deleted; naming another is not, since the moment is of this
	// one.
	elsewhere := w.Changed(ThreadOf(w.Record)) || w.Changed("attachment") && w.Record.GetString("attachment") != ""
	if w.Record.GetBool("timed") && elsewhere {
		return refuse("attachment", momentStays)
	}
	return nil
}

// isSound reports whether the media type, as detected from the first bytes, is one of sound.
func isSound(kind string) bool { return strings.HasPrefix(kind, "audio/") || kind == "application/ogg" }

// Mark is a comment with a moment. Times are milliseconds from the beginning of the file.
type Mark struct {
	Id      string `db:"id" json:"id"`
	AtMs    int64  `db:"atMs" json:"atMs"`
	UntilMs int64  `db:"untilMs" json:"untilMs"` // 0 if the mark is a single moment
	Author  string `db:"authorName" json:"author"`
	Words   string `db:"body" json:"words"`
}

// Marks returns the comments with a moment of a version in the order of their moments. Deleted ones are left out.
func Marks(app core.App, attachment string) (marks []Mark, err error) {
	err = app.DB().Select("id", "atMs", "untilMs", "authorName", "body").From("comments").
		Where(dbx.NewExp("attachment = {:id} AND timed AND deletedAt = ''", dbx.Params{"id": attachment})).
		OrderBy("atMs", "untilMs", "created", "rowid").All(&marks)
	if err != nil {
		return nil, fmt.Errorf("records: marks of %s: %w", attachment, err)
	}
	return marks, nil
}
