package portal

import (
	"database/sql"
	"encoding/csv"
	"errors"
	"fmt"
	"strconv"
	"strings"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/access"
	"greenroom/hooks/records"
)

// markers answers GET /api/portal/attachments/{id}/markers with the comments about moments of a file, as a plain table
// (format=csv) or in the format of Reaper's region and marker manager (format=reaper).
func markers(e *core.RequestEvent) error {
	client, err := visitor(e)
	if err != nil {
		return err
	}
	table, filename := plainMarkers, "marks.csv"
	switch e.Request.URL.Query().Get("format") {
	case "", "csv":
	case "reaper":
		table, filename = reaperMarkers, "marks-reaper.csv"
	default:
		return e.BadRequestError("Marks are there as format=csv or format=reaper.", nil)
	}
	id := e.Request.PathValue("id")
	where := dbx.HashExp{"id": id}
	if client != everybody {
		where["client"] = client
	}
	err = e.App.DB().Select("id").From("attachments").Where(where).Limit(1).Row(&id)
	if errors.Is(err, sql.ErrNoRows) {
		return e.NotFoundError(access.NotHere, nil)
	}
	if err != nil {
		return err
	}
	marks, err := records.Marks(e.App, id)
	if err != nil {
		return err
	}
	var out strings.Builder
	w := csv.NewWriter(&out)
	for _, cells := range table(marks) {
		for i, cell := range cells {
			cells[i] = harmless(cell)
		}
		if err := w.Write(cells); err != nil {
			return err
		}
	}
	w.Flush()
	e.Response.Header().Set("Cache-Control", "private, no-cache")
	return sendText(e, "text/csv; charset=utf-8", filename, out.String())
}

func plainMarkers(marks []records.Mark) [][]string {
	rows := [][]string{{"number", "start", "end", "timecode", "author", "words"}}
	for i, m := range marks {
		end := ""
		if m.UntilMs > 0 {
			end = seconds(m.UntilMs)
		}
		timecode := fmt.Sprintf("%02d:%02d:%02d.%03d", m.AtMs/3_600_000, m.AtMs/60_000%60, m.AtMs/1000%60, m.AtMs%1000)
		rows = append(rows, []string{strconv.Itoa(i + 1), seconds(m.AtMs), end, timecode, m.Author, m.Words})
	}
	return rows
}

// reaperMarkers numbers markers and regions separately, as Reaper does. Names are one line.
func reaperMarkers(marks []records.Mark) [][]string {
	rows := [][]string{{"#", "Name", "Start", "End", "Length"}}
	points, stretches := 0, 0
	for _, m := range marks {
		name := strings.Join(strings.Fields(m.Author+": "+m.Words), " ")
		if m.UntilMs == 0 {
			points++
			rows = append(rows, []string{"M" + strconv.Itoa(points), name, minutes(m.AtMs), "", ""})
			continue
		}
		stretches++
		rows = append(rows, []string{"R" + strconv.Itoa(stretches), name, minutes(m.AtMs), minutes(m.UntilMs), minutes(m.UntilMs - m.AtMs)})
	}
	return rows
}

func seconds(ms int64) string { return fmt.Sprintf("%d.%03d", ms/1000, ms%1000) }

// minutes writes a time as Reaper's ruler does: 1:12.000, or 1:00:00.000 from an hour on.
func minutes(ms int64) string {
	if ms < 3_600_000 {
		return fmt.Sprintf("%d:%02d.%03d", ms/60_000, ms/1000%60, ms%1000)
	}
	return fmt.Sprintf("%d:%02d:%02d.%03d", ms/3_600_000, ms/60_000%60, ms/1000%60, ms%1000)
}

// harmless prefixes a cell that a spreadsheet would interpret as a formula.
func harmless(cell string) string {
	if strings.IndexAny(cell, "=+-@\t\r＝＋－＠") == 0 {
		return "'" + cell
	}
	return cell
}
