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

// everybody stands for a client's id when the owner reads records of any client.
const everybody = ""

// nobody is the reader's id for the owner; no comment has this author.
const nobody = "-"

// visitor returns the id of the client whose records may be read, or everybody for the owner without ?as=.
func visitor(e *core.RequestEvent) (string, error) {
	client, _, err := visitorAndReader(e)
	return client, err
}

// visitorAndReader also returns the id of the reader: the client, the person, or nobody for the owner.
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

// receipt answers GET /api/portal/deliverables/{id}/receipt as JSON or, with ?format=txt, as a text file.
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

// sendText answers with a text file.
func sendText(e *core.RequestEvent, contentType, filename, text string) error {
	h := e.Response.Header()
	h.Set("Content-Disposition", `attachment; filename="`+filename+`"`)
	h.Set("X-Content-Type-Options", "nosniff")
	return e.Blob(http.StatusOK, contentType, []byte(text))
}
