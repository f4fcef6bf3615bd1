package studio

import (
	"time"

	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/records"
)

// removeComments deletes what one author wrote within a time: {author, from, until} in, {removed, kept} out.
func removeComments(e *core.RequestEvent, now time.Time) (any, error) {
	var ask struct {
		Author string `json:"author" form:"author"` // the id of a client, or of one of a client's people
		From   string `json:"from" form:"from"`
		Until  string `json:"until" form:"until"` // empty means now
	}
	if err := e.BindBody(&ask); err != nil {
		return nil, e.BadRequestError("Send author, from and until as JSON.", err)
	}
	r := records.Range{Until: now}
	var err error
	if r.From, err = time.Parse(time.RFC3339, ask.From); err != nil {
		return nil, e.BadRequestError("Say from when, as 2026-11-28T09:00:00Z.", err)
	}
	if ask.Until != "" {
		if r.Until, err = time.Parse(time.RFC3339, ask.Until); err != nil {
			return nil, e.BadRequestError("Say until when, as 2026-11-28T18:00:00Z, or leave it out for now.", err)
		}
	}
	if r.Author, err = e.App.FindRecordById("clients", ask.Author); err != nil {
		return nil, e.NotFoundError("There is no such client, and nobody of a client's people has this id.", err)
	}
	removed, kept, err := records.RemoveComments(e.App, r)
	if err != nil {
		return nil, err
	}
	e.App.Logger().Info("The owner removed comments.", "owner", e.Auth.Id, "author", r.Author.Id, "from", r.From, "until", r.Until, "removed", removed)
	return map[string]int{"removed": removed, "kept": kept}, nil
}
