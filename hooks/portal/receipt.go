package portal

import (
	"database/sql"
	"errors"
	"net/http"
	"time"

	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/access"
	"greenroom/hooks/people"
	"greenroom/hooks/records"
)

// everybody stands in the place of a client's id for the owner, who sees what is anybody's.
const everybody = ""

// nobody among clients and their people wrote what the owner wrote.
const nobody = "-"

// visitor is whose records are looked at: a client's by the id, or everybody's where the owner does not look as one.
func visitor(e *core.RequestEvent) (string, error) {
	client, _, err := visitorAndReader(e)
	return client, err
}

// visitorAndReader is whose records are looked at, and by whom: the client, or which of the client's people.
func visitorAndReader(e *core.RequestEvent) (client, reader string, err error) {
	if e.HasSuperuserAuth() && !e.Request.URL.Query().Has("as") {
		return everybody, nobody, nil
	}
	who, err := access.Viewer(e)
	if err != nil {
		return "", "", err
	}
	return people.Account(who), who.Id, nil
}

// receipt answers GET /api/portal/deliverables/{id}/receipt, with ?format=txt as a text to keep.
func receipt(e *core.RequestEvent, zone *time.Location) error {
	client, err := visitor(e)
	if err != nil {
		return err
	}
	format := e.Request.URL.Query().Get("format")
	if format != "" && format != "json" && format != "txt" {
		return e.BadRequestError("A receipt is there as format=json or format=txt.", nil)
	}
	r, err := records.ReceiptOf(e.App, e.Request.PathValue("id"))
	if errors.Is(err, sql.ErrNoRows) || err == nil && client != everybody && client != r.Client {
		return e.NotFoundError(access.NotHere, nil)
	}
	if err != nil {
		return err
	}
	e.Response.Header().Set("Cache-Control", "private, no-cache")
	if format == "txt" {
		return sendText(e, "text/plain; charset=utf-8", "receipt.txt", r.Text(zone))
	}
	return e.JSON(http.StatusOK, r)
}

// sendText sends a text to keep.
func sendText(e *core.RequestEvent, contentType, filename, text string) error {
	h := e.Response.Header()
	h.Set("Content-Disposition", `attachment; filename="`+filename+`"`)
	h.Set("X-Content-Type-Options", "nosniff")
	return e.Blob(http.StatusOK, contentType, []byte(text))
}
