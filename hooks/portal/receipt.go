package portal

import (
	"database/sql"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/types"

	"greenroom/hooks/access"
	"greenroom/hooks/database"
	"greenroom/hooks/people"
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

// round is one verdict about one version.
type round struct {
	Kind     string `db:"kind" json:"kind"`
	Version  int    `db:"version" json:"version"` // 0 where the file is no longer kept
	Filename string `db:"filename" json:"filename"`
	Size     int64  `db:"size" json:"size"`
	SHA256   string `db:"sha256" json:"sha256"` // empty until it is known
	By       string `db:"by" json:"by"`

	Created types.DateTime `db:"created" json:"-"`
	At      string         `json:"at"`
	Words   string         `db:"words" json:"words"`
}

// receiptOf is what was asked for and what was approved of a deliverable, and about which very file.
type receiptOf struct {
	Deliverable string  `db:"deliverable" json:"deliverable"`
	Title       string  `db:"title" json:"title"`
	Project     string  `db:"project" json:"project"`
	Rounds      []round `json:"rounds"`
}

// receipt answers GET /api/portal/deliverables/{id}/receipt, with ?format=txt as a text to keep.
func receipt(e *core.RequestEvent) error {
	client, err := visitor(e)
	if err != nil {
		return err
	}
	format := e.Request.URL.Query().Get("format")
	if format != "" && format != "json" && format != "txt" {
		return e.BadRequestError("A receipt is there as format=json or format=txt.", nil)
	}
	r, err := readReceipt(e.App, e.Request.PathValue("id"), client)
	if errors.Is(err, sql.ErrNoRows) {
		return e.NotFoundError(access.NotHere, nil)
	}
	if err != nil {
		return err
	}
	e.Response.Header().Set("Cache-Control", "private, no-cache")
	if format == "txt" {
		return sendText(e, "text/plain; charset=utf-8", "receipt.txt", r.text())
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

func readReceipt(app core.App, id, client string) (receiptOf, error) {
	r := receiptOf{Rounds: []round{}}
	args := dbx.Params{"id": id, "client": client, "everybody": everybody}
	err := app.DB().NewQuery(`SELECT d.id AS deliverable, d.title, p.title AS project FROM deliverables d JOIN projects p ON p.id = d.project
		WHERE d.id = {:id} AND ({:client} = {:everybody} OR d.client = {:client})`).Bind(args).One(&r)
	if err != nil {
		return r, err
	}
	err = app.DB().NewQuery(`SELECT c.kind, c.body AS words, c.authorName AS 'by', c.created,
		coalesce(a.version, 0) AS version, coalesce(a.filename, '') AS filename, coalesce(a.size, 0) AS size, coalesce(a.sha256, '') AS sha256
		FROM comments c LEFT JOIN attachments a ON a.id = c.attachment
		WHERE c.deliverable = {:id} AND c.kind != '' ORDER BY c.created, c.rowid`).Bind(dbx.Params{"id": id}).All(&r.Rounds)
	for i := range r.Rounds {
		r.Rounds[i].At = database.OnTheWire(r.Rounds[i].Created)
	}
	return r, err
}

// text is the receipt for people, one fact a line. Words that somebody wrote stand behind a mark on each line, so that none
// of them reads like a line of the receipt.
func (r receiptOf) text() string {
	var out strings.Builder
	fmt.Fprintf(&out, "Receipt for %s\nProject: %s\n", r.Title, r.Project)
	if len(r.Rounds) == 0 {
		out.WriteString("\nNothing was approved and no changes were asked for so far.\n")
	}
	for i, one := range r.Rounds {
		said := "Changes asked for"
		if one.Kind == "approval" {
			said = "Approved"
		}
		fmt.Fprintf(&out, "\n%d. %s by %s on %s UTC\n", i+1, said, one.By, one.Created.Time().UTC().Format("2 January 2006, 15:04:05"))
		if one.Version == 0 {
			out.WriteString("File: none, or one that is no longer kept\n")
		} else {
			sum := one.SHA256
			if sum == "" {
				sum = "not known yet"
			}
			fmt.Fprintf(&out, "File: version %d, %s, %d bytes\nSHA-256: %s\n", one.Version, one.Filename, one.Size, sum)
		}
		for line := range strings.SplitSeq(strings.NewReplacer("\r\n", "\n", "\r", "\n").Replace(one.Words), "\n") {
			out.WriteString("> " + line + "\n")
		}
	}
	return out.String()
}
