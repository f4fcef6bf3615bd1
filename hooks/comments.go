package hooks

import (
	"fmt"
	"strings"
	"unicode/utf8"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/router"

	"greenroom/hooks/people"
)

const maxCommentChars = 10_000

// threads are the relations of which a comment has exactly one.
var threads = []string{"session", "milestone", "goal"}

// comments: what the owner and the client say to each other about a session, a milestone or a goal. The server says who
// wrote it and when it was edited. A client's delete takes the words out of every client's reach and leaves the trace;
// the words wait in deletedBody, which only the owner's answers show, as body.
func comments(app core.App, owner string) {
	clientMay(app, "comments", "id", "session", "milestone", "goal", "body")
	serverSets(app, "comments", "isJames", "authorName", "editedAt", "deletedAt", "deletedBody", "lastWord")

	app.OnRecordCreateRequest("comments").BindFunc(func(e *core.RecordRequestEvent) error {
		e.Record.Set("isJames", e.HasSuperuserAuth())
		if !e.HasSuperuserAuth() {
			e.Record.Set("authorName", people.DisplayName(e.Auth))
		}
		return e.Next()
	})
	app.OnRecordCreate("comments").BindFunc(func(e *core.RecordEvent) error {
		if e.Record.GetString("authorName") == "" { // the owner's own, also from commands and hooks
			e.Record.Set("isJames", true)
			e.Record.Set("authorName", owner)
		}
		return e.Next()
	})

	app.OnRecordValidate("comments").BindFunc(validateComment)
	onWrite(app, "comments", func(w write) error {
		if err := w.inherit(threadOf(w.record)); err != nil {
			return err
		}
		if w.was != nil {
			return w.editOrDelete()
		}
		return nil
	})

	app.OnRecordDeleteRequest("comments").BindFunc(softDelete)
	app.OnRecordEnrich("comments").BindFunc(func(e *core.RecordEnrichEvent) error {
		if e.RequestInfo.HasSuperuserAuth() && e.Record.GetString("deletedAt") != "" {
			e.Record.SetRaw("body", e.Record.GetString("deletedBody"))
		}
		return e.Next()
	})
}

func validateComment(e *core.RecordEvent) error {
	var given []string
	for _, thread := range threads {
		if e.Record.GetString(thread) != "" {
			given = append(given, thread)
		}
	}
	if len(given) != 1 {
		return refuse(threads[0], fmt.Sprintf("A comment belongs to exactly one of session, milestone and goal; this one names %d.", len(given)))
	}
	body, deleted := e.Record.GetString("body"), e.Record.GetString("deletedAt") != ""
	if n := utf8.RuneCountInString(body); !deleted && (strings.TrimSpace(body) == "" || n > maxCommentChars) {
		return refuse("body", fmt.Sprintf("A comment has 1 to 10,000 characters that can be seen; this one has %d.", n))
	}
	return e.Next()
}

// threadOf is the relation that says what the comment is about.
func threadOf(comment *core.Record) string {
	for _, thread := range threads {
		if comment.GetString(thread) != "" {
			return thread
		}
	}
	return threads[0]
}

// editOrDelete keeps words and trace apart, whatever is sent: a deleted comment has its words in deletedBody alone.
func (w write) editOrDelete() error {
	if w.client != nil && (w.was.GetBool("isJames") || w.was.GetString("deletedAt") != "") {
		return router.NewNotFoundError("", nil)
	}
	if w.client != nil && w.changed(threadOf(w.record)) {
		return refuse(threadOf(w.record), "A comment stays where it was written. You can change its body.")
	}
	switch {
	case w.was.GetString("deletedAt") != "":
		w.record.SetRaw("body", "")
		w.record.SetRaw("deletedBody", w.was.GetRaw("deletedBody"))
	case w.record.GetString("deletedAt") != "":
		w.record.SetRaw("body", "")
		w.record.SetRaw("deletedBody", w.was.GetRaw("body"))
	case w.changed("body"):
		w.record.Set("editedAt", now())
	}
	return nil
}

// softDelete is what a client's delete does; the owner's is final.
func softDelete(e *core.RecordRequestEvent) error {
	if e.HasSuperuserAuth() {
		return e.Next()
	}
	e.Record.Set(clientRequestKey, &request{clientId: e.Auth.Id})
	e.Record.Set("deletedAt", now())
	if err := e.App.Save(e.Record); err != nil {
		return err
	}
	return e.NoContent(204)
}
