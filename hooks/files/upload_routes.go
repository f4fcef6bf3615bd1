package files

import (
	"context"
	"database/sql"
	"errors"
	"net/http"
	"time"

	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/router"

	"greenroom/hooks/access"
	"greenroom/hooks/integrations"
	"greenroom/hooks/people"
)

const (
	partLinkValid = 15 * time.Minute // a part must have begun by then; it may end later
	partsAtOnce   = 100
	givenUpAfter  = 48 * time.Hour // without progress
	storeAnswers  = 30 * time.Second
)

// who is the sender of a file.
type who struct {
	id    string // of the client, also if one of their people sends; or of the owner
	owner bool
}

// sender guards every route here: it accepts a client who is not archived, and the owner unless they look as a client
// (?as=).
func sender(e *core.RequestEvent) (who, error) {
	switch {
	case e.Auth == nil:
		return who{}, e.UnauthorizedError("Sign in to send files.", nil)
	case e.Request.URL.Query().Has("as"):
		return who{}, e.ForbiddenError("Looking at a page as a client changes nothing. Leave out ?as= to send files yourself.", nil)
	case e.HasSuperuserAuth():
		return who{e.Auth.Id, true}, nil
	case e.Auth.Collection().Name != "clients" || !e.Auth.GetDateTime("archivedAt").IsZero():
		return who{}, e.ForbiddenError("Only clients and the owner may send files.", nil)
	}
	return who{people.Account(e.Auth), false}, nil
}

// request is the body of POST /uploads.
type request struct {
	Project     string `json:"project"`
	Session     string `json:"session"`
	Deliverable string `json:"deliverable"` // allowed for the owner only: the file becomes its next version
	Filename    string `json:"filename"`
	Size        int64  `json:"size"`
}

// begin answers POST /uploads with the id, the address and the size of the parts, after checking everything that can be
// checked before the file arrives.
func (s *service) begin(e *core.RequestEvent) error {
	w, err := sender(e)
	if err != nil {
		return err
	}
	var ask request
	if err := e.BindBody(&ask); err != nil {
		return e.BadRequestError("The request could not be read. Send JSON with project, filename and size.", err)
	}
	if err := s.mayHave(e.App, w, ask); err != nil {
		return failure(e, err)
	}
	attachments, err := e.App.FindCachedCollectionByNameOrId(collection)
	if err != nil {
		return failure(e, err)
	}
	u, err := newUpload(attachments, w, ask)
	if err != nil {
		return failure(e, err)
	}
	if !w.owner {
		u.Name = people.DisplayName(e.Auth)
	}
	if err := e.App.Validate(u.record(attachments, unknownType).stub); err != nil {
		return e.BadRequestError("This file cannot be taken with that name.", err)
	}
	if err := s.open(e.Request.Context(), &u); err != nil {
		return failure(e, err)
	}
	kind, address := "s3", ""
	if u.Multipart == "" {
		kind, address = "tus", access.Origin(s.config, e.Request)+"/api/portal/uploads/"+u.Id
	}
	return e.JSON(http.StatusOK, map[string]any{"id": u.Id, "kind": kind, "url": address, "partSizeBytes": u.PartBytes, "parts": u.parts(),
		"expires": time.Now().Add(givenUpAfter).UTC().Format(time.RFC3339)})
}

// open reserves the room, saves the upload's row, and begins the upload in the store.
func (s *service) open(ctx context.Context, u *upload) error {
	release, err := s.reserve(s.app, who{u.By, u.ByOwner}, u.Id, u.SizeBytes)
	if err != nil {
		return err
	}
	err = u.save(s.app, stateUploading, "")
	release()
	if err != nil {
		return err
	}
	ctx, end := context.WithTimeout(ctx, storeAnswers)
	defer end()
	if err = s.store().start(ctx, u); err == nil && u.Multipart != "" {
		err = u.save(s.app, stateUploading, "")
	}
	if err != nil { // what the store may have begun is removed by a later sweep
		return errors.Join(err, integrations.Drop(s.app, u.row()))
	}
	return nil
}

// parts answers POST /uploads/{id}/parts with links for the requested parts, and with what has arrived, from which the
// sender continues.
func (s *service) parts(e *core.RequestEvent) error {
	w, err := sender(e)
	if err != nil {
		return err
	}
	u, err := s.mine(e, w)
	if err != nil {
		return failure(e, err)
	}
	var ask struct {
		Numbers []int `json:"numbers"`
	}
	if err := e.BindBody(&ask); err != nil {
		return e.BadRequestError("The request could not be read. Send JSON with numbers, those of the parts to send next.", err)
	}
	if len(ask.Numbers) > partsAtOnce {
		return e.BadRequestError("Ask for at most 100 parts at once.", nil)
	}
	ctx, end := context.WithTimeout(e.Request.Context(), storeAnswers)
	defer end()
	type link struct {
		Number    int    `json:"number"`
		URL       string `json:"url"`
		SizeBytes int64  `json:"sizeBytes"`
	}
	links := []link{}
	for _, number := range ask.Numbers {
		if number < 1 || number > u.parts() {
			return e.BadRequestError("The parts of this file are numbered from 1 to the number that was answered at the beginning.", nil)
		}
		url, err := s.store().partLink(ctx, *u, number, partLinkValid)
		if err != nil {
			return failure(e, err)
		}
		if url != "" {
			links = append(links, link{number, url, u.partSize(number)})
		}
	}
	p, err := s.store().arrived(ctx, *u)
	if err != nil {
		return failure(e, err)
	}
	if err := touch(e.App, *u, time.Now()); err != nil {
		return failure(e, err)
	}
	return e.JSON(http.StatusOK, map[string]any{"parts": links, "received": append([]part{}, p.parts...), "receivedBytes": p.bytes,
		"expires": time.Now().Add(partLinkValid).UTC().Format(time.RFC3339)})
}

// complete answers POST /uploads/{id}/complete with the attachment, also when repeated. The sender may name the parts
// as the bucket acknowledged them, so that a part that was cut off is not accepted.
func (s *service) complete(e *core.RequestEvent) error {
	w, err := sender(e)
	if err != nil {
		return err
	}
	var ask struct {
		Parts []part `json:"parts"`
	}
	if err := e.BindBody(&ask); err != nil {
		return e.BadRequestError("The request could not be read. Send JSON with parts, the number and etag of each, or nothing.", err)
	}
	id := e.Request.PathValue("id")
	defer s.busy.Lock(id)()
	u, err := find(e.App, w, id)
	if err != nil {
		return failure(e, err)
	}
	record, err := e.App.FindRecordById(collection, id)
	if err == nil && u == nil && (w.owner || record.GetString("client") == w.id) {
		return s.answer(e, record)
	}
	if u == nil {
		return e.NotFoundError(access.NotHere, err)
	}
	record, err = s.makeRecord(e.Request.Context(), *u, ask.Parts)
	if err != nil {
		return failure(e, err)
	}
	return s.answer(e, record)
}

func (s *service) answer(e *core.RequestEvent, attachment *core.Record) error {
	if err := apis.EnrichRecord(e, attachment); err != nil {
		return failure(e, err)
	}
	return e.JSON(http.StatusOK, attachment)
}

// cancel answers DELETE /uploads/{id}. What cannot be removed now is removed by a later sweep.
func (s *service) cancel(e *core.RequestEvent) error {
	w, err := sender(e)
	if err != nil {
		return err
	}
	defer s.busy.Lock(e.Request.PathValue("id"))()
	u, err := s.mine(e, w)
	if err != nil {
		return failure(e, err)
	}
	if err := u.save(e.App, stateCancelled, ""); err != nil {
		return failure(e, err)
	}
	if err := s.discard(e.Request.Context(), *u); err != nil {
		e.App.Logger().Warn("What came of a cancelled upload could not be removed yet.", "upload", u.Id, "error", err)
	}
	return e.NoContent(http.StatusNoContent)
}

// mine returns the upload of the request's path if it is the sender's, or else a 404.
func (s *service) mine(e *core.RequestEvent, w who) (*upload, error) {
	u, err := find(e.App, w, e.Request.PathValue("id"))
	if err != nil {
		return nil, err
	}
	if u == nil {
		return nil, e.NotFoundError(access.NotHere, nil)
	}
	return u, nil
}

// discard removes everything that arrived of an upload, and then its row.
func (s *service) discard(ctx context.Context, u upload) error {
	ctx, end := context.WithTimeout(ctx, storeAnswers)
	defer end()
	if err := s.store().drop(ctx, u); err != nil {
		return err
	}
	return integrations.Drop(s.app, u.row())
}

// failure turns an internal error into an answer that tells the sender what to do, with the cause for the log. An API
// error is returned as it is.
func failure(e *core.RequestEvent, err error) error {
	var answer *router.ApiError
	switch {
	case errors.As(err, &answer):
		return answer
	case errors.Is(err, errIncomplete):
		return e.Error(http.StatusConflict, "Parts of the file are still missing. Send them, then complete the upload again.", err)
	case errors.Is(err, errGone):
		return e.NotFoundError("This upload has been given up, or was cancelled. Begin again.", err)
	case errors.Is(err, sql.ErrNoRows):
		return e.NotFoundError(access.NotHere, err)
	}
	return e.Error(http.StatusServiceUnavailable, "The place where files are kept does not answer just now. What has arrived is kept; try again in a moment.", err)
}
