// Package search finds words in everything that a client may see or, for the owner, in everything.
//
// The index is an FTS5 table (pb_migrations/1790000004_search.go), which triggers update in the transaction of each
// change. The client's id is one of its terms, so that a client's search only looks at their own rows. The records
// themselves are then read with the client column as a further condition, so that a record of somebody else's is never
// answered.
package search

import (
	"context"
	"encoding/json"
	"fmt"
	"net/http"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/access"
	"greenroom/hooks/database"
	"greenroom/hooks/people"
	"greenroom/pb_migrations"
)

const (
	// pageRows is how many rows of the index are read at a time, newest first; maxPages limits these reads, and
	// maxItems the answer.
	pageRows = 200
	maxPages = 10
	maxItems = 50
	// timeout limits a search for words that occur everywhere.
	timeout = 3 * time.Second
)

// Register serves GET /api/portal/search?q= for clients, and for the owner over all clients or, with ?as=, as one
// client sees it.
func Register(app core.App) {
	app.OnServe().BindFunc(func(e *core.ServeEvent) error {
		e.Router.GET("/api/portal/search", func(e *core.RequestEvent) error {
			if e.HasSuperuserAuth() && !e.Request.URL.Query().Has("as") {
				return access.Answer(e, answer(e, ""))
			}
			return access.Page(func(e *core.RequestEvent, client *core.Record) error { return answer(e, people.Account(client)) })(e)
		}).Bind(apis.SkipSuccessActivityLog())
		return e.Next()
	})
}

func answer(e *core.RequestEvent, client string) error {
	query := strings.TrimSpace(e.Request.URL.Query().Get("q"))
	if n := utf8.RuneCountInString(query); n < minChars || n > maxChars {
		return e.BadRequestError(fmt.Sprintf("Search for %d to %d characters.", minChars, maxChars), nil)
	}
	items, err := Find(e.Request.Context(), e.App, query, client)
	if err != nil {
		return err
	}
	e.Response.Header().Set("Cache-Control", "private, no-store")
	return e.JSON(http.StatusOK, map[string]any{"items": items})
}

// Item is a record that contains all terms.
type Item struct {
	Collection   string        `db:"collection" json:"collection"`
	Id           string        `db:"id" json:"id"`
	Project      string        `db:"project" json:"project"`
	ProjectTitle string        `db:"projectTitle" json:"projectTitle"`
	Title        string        `db:"title" json:"title"`   // for a comment: the title of the record that it belongs to
	Excerpt      string        `db:"words" json:"excerpt"` // escaped HTML, with <mark> as its only element
	At           database.Time `db:"at" json:"at"`         // when it happened or, for records without such a time, was made
	Client       string        `db:"client" json:"-"`
}

// selects are the statements that read the hits of each collection.
var selects = map[string]string{
	"projects":     "SELECT 'projects' AS collection, r.id, r.id AS project, r.title AS projectTitle, r.title, r.description AS words, r.created AS at, r.client FROM projects r",
	"milestones":   of("milestones", "r.title", "r.description", "r.created"),
	"sessions":     of("sessions", "r.title", "r.notes", "r.date"),
	"goals":        of("goals", "r.title", "r.description", "r.created"),
	"deliverables": of("deliverables", "r.title", "trim(r.description || char(10) || r.feedback)", "CASE WHEN r.deliveredAt != '' THEN r.deliveredAt ELSE r.created END"),
	"action_items": of("action_items", "r.title", "''", "r.created"),
	"attachments":  of("attachments", "r.filename", "''", "r.created"),
	"comments": "SELECT 'comments' AS collection, r.id, p.id AS project, p.title AS projectTitle, coalesce(s.title, m.title, g.title, d.title) AS title, r.body AS words, r.created AS at, r.client" +
		" FROM comments r LEFT JOIN sessions s ON s.id = r.session LEFT JOIN milestones m ON m.id = r.milestone LEFT JOIN goals g ON g.id = r.goal LEFT JOIN deliverables d ON d.id = r.deliverable" +
		" JOIN projects p ON p.id = coalesce(s.project, m.project, g.project, d.project)",
}

func of(collection, title, words, at string) string {
	return "SELECT '" + collection + "' AS collection, r.id, p.id AS project, p.title AS projectTitle, " + title + " AS title, " + words + " AS words, " + at + " AS at, r.client" +
		" FROM " + collection + " r JOIN projects p ON p.id = r.project"
}

const selectFound = "SELECT rowid FROM " + pb_migrations.SearchTable + " WHERE " + pb_migrations.SearchTable +
	" MATCH {:match} AND rowid BETWEEN {:first} AND {:last} ORDER BY rowid DESC LIMIT {:limit}"

// text returns the searched text of the record.
func (i Item) text() string {
	if i.Collection == "comments" {
		return i.Excerpt
	}
	return i.Title + "\n" + i.Excerpt
}

// Find returns the records that contain all terms of the query, newest first: those of one client, or of all where
// client is "".
func Find(ctx context.Context, app core.App, query, client string) ([]Item, error) {
	items := []Item{}
	terms := parse(query)
	if len(terms) == 0 {
		return items, nil
	}
	ctx, cancel := context.WithTimeout(ctx, timeout)
	defer cancel()
	first, last := pb_migrations.SearchRange(client)
	for page := 0; page < maxPages && len(items) < maxItems; page++ {
		var found []int64
		err := app.ConcurrentDB().NewQuery(selectFound).WithContext(ctx).
			Bind(dbx.Params{"match": match(terms, client), "first": first, "last": last, "limit": pageRows}).Column(&found)
		if err != nil {
			return nil, fmt.Errorf("search: %w", err)
		}
		some, err := read(ctx, app, found, client)
		if err != nil {
			return nil, err
		}
		for _, item := range some {
			if in(item.text(), terms) {
				items = append(items, item)
			}
		}
		if len(found) < pageRows {
			break
		}
		last = found[len(found)-1] - 1
	}
	slices.SortStableFunc(items, func(a, b Item) int { return strings.Compare(b.At.String()+b.Id, a.At.String()+a.Id) })
	items = items[:min(len(items), maxItems)]
	for i := range items {
		text := items[i].Excerpt
		if text == "" {
			text = items[i].Title
		}
		items[i].Excerpt = excerpt(text, terms)
	}
	return items, nil
}

// read returns the records of rows of the index. A row's number encodes the collection and the record's rowid.
func read(ctx context.Context, app core.App, found []int64, client string) (items []Item, err error) {
	rowids := make([][]any, len(pb_migrations.Searched))
	for _, n := range found {
		place := n & (1<<pb_migrations.SearchPlaceBits - 1)
		rowids[place] = append(rowids[place], n&(1<<pb_migrations.SearchRecordBits-1)>>pb_migrations.SearchPlaceBits)
	}
	for place, s := range pb_migrations.Searched {
		if len(rowids[place]) == 0 {
			continue
		}
		list, err := json.Marshal(rowids[place])
		if err != nil {
			return nil, err
		}
		query := selects[s.Collection] + " WHERE r.rowid IN (SELECT value FROM json_each({:list}))"
		if client != "" {
			query += " AND r.client = {:client}"
		}
		var some []Item
		if err := app.ConcurrentDB().NewQuery(query).Bind(dbx.Params{"list": string(list), "client": client}).WithContext(ctx).All(&some); err != nil {
			return nil, fmt.Errorf("search: read %s: %w", s.Collection, err)
		}
		items = append(items, some...)
	}
	return items, nil
}
