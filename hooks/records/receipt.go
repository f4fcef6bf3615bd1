package records

import (
	"fmt"
	"strings"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/types"

	"greenroom/hooks/database"
)

// Receipt lists the verdicts on a deliverable, with the exact file that each was about.
type Receipt struct {
	Deliverable string  `db:"deliverable" json:"deliverable"`
	Title       string  `db:"title" json:"title"`
	Project     string  `db:"project" json:"project"`
	Client      string  `db:"client" json:"-"`
	Rounds      []Round `json:"rounds"`
}

// Round is one verdict about one version.
type Round struct {
	Kind     string `db:"kind" json:"kind"`
	Version  int    `db:"version" json:"version"` // 0 if the file has been deleted
	Filename string `db:"filename" json:"filename"`
	Size     int64  `db:"size" json:"size"`
	SHA256   string `db:"sha256" json:"sha256"` // of the file, in hexadecimal; empty until it has been computed
	By       string `db:"by" json:"by"`

	Created types.DateTime `db:"created" json:"-"`
	At      string         `json:"at"`
	Words   string         `db:"words" json:"words"`
}

// ReceiptOf reads the receipt of a deliverable. The error is sql.ErrNoRows if there is no such deliverable.
func ReceiptOf(app core.App, id string) (Receipt, error) {
	r, args := Receipt{Rounds: []Round{}}, dbx.Params{"id": id}
	err := app.DB().NewQuery(`SELECT d.id AS deliverable, d.title, p.title AS project, d.client FROM deliverables d JOIN projects p ON p.id = d.project
		WHERE d.id = {:id}`).Bind(args).One(&r)
	if err != nil {
		return r, err
	}
	err = app.DB().NewQuery(`SELECT c.kind, c.body AS words, c.authorName AS 'by', c.created,
		coalesce(a.version, 0) AS version, coalesce(a.filename, '') AS filename, coalesce(a.size, 0) AS size, coalesce(a.sha256, '') AS sha256
		FROM comments c LEFT JOIN attachments a ON a.id = c.attachment
		WHERE c.deliverable = {:id} AND c.kind != '' ORDER BY c.created, c.rowid`).Bind(args).All(&r.Rounds)
	for i := range r.Rounds {
		r.Rounds[i].At = database.OnTheWire(r.Rounds[i].Created)
	}
	return r, err
}

// Text formats the receipt as plain text, one fact a line, with times in the given zone. Each line that somebody wrote
// begins with a mark, so that it cannot be taken for a line of the receipt.
func (r Receipt) Text(zone *time.Location) string {
	var out strings.Builder
	fmt.Fprintf(&out, "Receipt for %s\nProject: %s\nTimes: %s\n", r.Title, r.Project, zone)
	if len(r.Rounds) == 0 {
		out.WriteString("\nNothing was approved and no changes were asked for so far.\n")
	}
	for i, one := range r.Rounds {
		said := "Changes asked for"
		if one.Kind == kindApproval {
			said = "Approved"
		}
		fmt.Fprintf(&out, "\n%d. %s by %s on %s\n", i+1, said, one.By, one.Created.Time().In(zone).Format("2 January 2006, 15:04:05 MST"))
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
