package portal

import (
	"net/http"
	"slices"
	"strconv"
	"strings"

	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/access"
	"greenroom/hooks/records"
)

// Older comments are answered in pages: those of one thread that come before a comment that is shown.

// selectPage is the statement for a page of a thread's comments before a given one, newest first; for the newest page
// where that is "". The column mine says which of them the reader wrote.
func selectPage(thread string) string {
	return "SELECT {comments}, comments.author = ?3 AS mine FROM comments WHERE " + thread + " = ?1 AND (?2 = '' OR (created, rowid) <" +
		" (SELECT created, rowid FROM comments WHERE id = ?2 AND " + thread + " = ?1)) ORDER BY created DESC, rowid DESC LIMIT " + strconv.Itoa(newestComments)
}

// isIn is the statement that counts 1 where a comment is one of a thread's.
func isIn(thread string) string {
	return "SELECT count(*) FROM comments WHERE id = ?2 AND " + thread + " = ?1"
}

func countBefore(thread string) string {
	return "SELECT count(*) FROM comments WHERE " + thread + " = ?1 AND (created, rowid) <" +
		" (SELECT created, rowid FROM comments WHERE id = ?2)"
}

// comments answers GET /api/portal/comments?session=… (or another thread) &before=<comment id> with {items,
// olderComments}. The owner reads any thread, including the words of deleted comments; with ?as= they read what that
// client sees.
func comments(e *core.RequestEvent, s *statements) error {
	query := e.Request.URL.Query()
	var given []string
	for _, name := range records.Threads {
		if query.Get(name) != "" {
			given = append(given, name)
		}
	}
	client, reader, err := visitorAndReader(e)
	if err != nil {
		return err
	}
	owner := client == everybody
	if len(given) != 1 {
		return e.BadRequestError("Name exactly one of "+strings.Join(records.Threads, ", ")+".", nil)
	}
	thread, id, before := given[0], query.Get(given[0]), query.Get("before")
	page := selectPage(thread)
	if owner {
		page = withDeleted(page)
	}
	found, there := false, true // the thread, and the comment before which they are asked for
	var items [][]byte
	var older int64
	err = s.snapshot(e.Request.Context(), func(v view) error {
		mine, args := "SELECT count(*) FROM "+thread+"s WHERE id = ?", []any{id}
		if !owner {
			mine, args = mine+" AND client = ?", append(args, client)
		}
		if err := v.each(mine, func(r row) { found = r.number("count") > 0 }, args...); err != nil || !found {
			return err
		}
		if before != "" {
			if err := v.each(isIn(thread), func(r row) { there = r.number("count") > 0 }, id, before); err != nil || !there {
				return err
			}
		}
		var first string
		err := v.each(page, func(r row) {
			first = r.text("id")
			if owner {
				r = r.uncovered("body", "deletedBody")
			}
			items = append(items, r.object(nil))
		}, id, before, reader)
		if err != nil || first == "" {
			return err
		}
		return v.each(countBefore(thread), func(r row) { older = r.number("count") }, id, first)
	})
	if err != nil {
		return err
	}
	if !found {
		return e.NotFoundError(access.NotHere, nil)
	}
	if !there {
		return e.NotFoundError("The comment before which you asked is not here any more. Load the page again.", nil)
	}
	slices.Reverse(items)
	out := []byte(`{"items":[`)
	for i, item := range items {
		if i > 0 {
			out = append(out, ',')
		}
		out = append(out, item...)
	}
	out = strconv.AppendInt(append(out, `],"olderComments":`...), older, 10)
	e.Response.Header().Set("Cache-Control", "private, no-cache")
	return e.Blob(http.StatusOK, "application/json", append(out, '}'))
}
