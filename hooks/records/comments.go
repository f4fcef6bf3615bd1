package records

import (
	"fmt"
	"strconv"
	"time"
	"unicode/utf8"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/router"
	"github.com/pocketbase/pocketbase/tools/types"

	"greenroom/hooks/access"
	"greenroom/hooks/database"
	"greenroom/hooks/people"
)

const maxCommentChars = 10_000

// The bounds of one author's comments are higher than anybody types.
const (
	commentsAMinute = 30
	commentsADay    = 500
)

// Threads lists the relations of comments; each comment has exactly one of them, which says what it is about.
var Threads = []string{"session", "milestone", "goal", "deliverable"}

// comments binds the rules of comments, which the owner and the client write about a session, a milestone, a goal or a
// deliverable. The server sets the author and the time of an edit. When a client deletes a comment, its place in the
// thread stays and its words move to deletedBody, which no client can read; the owner's answers show them as body.
func comments(app core.App, owner string) {
	clientMay(app, "comments", "id", "session", "milestone", "goal", "deliverable", "attachment", "body", "timed", "atMs", "untilMs")
	serverSets(app, "comments", "isJames", "author", "authorName", "editedAt", "deletedAt", "deletedBody", "lastWord", "kind")

	pace := access.NewPace(time.Now, commentsAMinute, commentsADay).GoingOn(writtenSince)
	app.OnRecordCreateRequest("comments").BindFunc(func(e *core.RecordRequestEvent) error {
		if !e.HasSuperuserAuth() {
			if wait := pace.Wait(e.App, e.Auth.Id); wait > 0 {
				e.Response.Header().Set("Retry-After", strconv.Itoa(int(wait/time.Second)+1))
				return e.TooManyRequestsError("You have written many comments: up to 30 a minute and 500 a day are taken. Keep this one and send it a little later.", nil)
			}
		}
		e.Record.Set("isJames", e.HasSuperuserAuth())
		if !e.HasSuperuserAuth() {
			e.Record.Set("author", e.Auth.Id)
			e.Record.Set("authorName", people.DisplayName(e.Auth))
		}
		return e.Next()
	})
	app.OnRecordCreate("comments").BindFunc(func(e *core.RecordEvent) error {
		// A comment without an author's name is the owner's, also one by a command or a hook.
		if e.Record.GetString("authorName") == "" {
			e.Record.Set("isJames", true)
			e.Record.Set("authorName", owner)
		}
		return e.Next()
	})

	app.OnRecordValidate("comments").BindFunc(validateComment)
	onWrite(app, "comments", func(w Write) error {
		if err := w.inherit(ThreadOf(w.Record)); err != nil {
			return err
		}
		if w.Was != nil {
			if err := w.editOrDelete(); err != nil {
				return err
			}
		}
		// A program that names only the author's name means the client.
		if !w.Record.GetBool("isJames") && w.Record.GetString("author") == "" {
			w.Record.Set("author", w.Record.GetString("client"))
		}
		if err := w.aboutVersion(); err != nil {
			return err
		}
		return w.atMoment()
	})
	moments(app)

	app.OnRecordDeleteRequest("comments").BindFunc(softDelete)
	app.OnRecordEnrich("comments").BindFunc(func(e *core.RecordEnrichEvent) error {
		if e.RequestInfo.HasSuperuserAuth() && e.Record.GetString("deletedAt") != "" {
			e.Record.SetRaw("body", e.Record.GetString("deletedBody"))
		}
		return e.Next()
	})
}

// writtenSince counts an author's comments after a time, for the limit to survive a restart, and returns the time of
// the first. Comments that the author deleted count too.
func writtenSince(app core.App, author string, since time.Time) (count int, began time.Time, err error) {
	person, err := app.FindRecordById("clients", author)
	if err != nil {
		return 0, began, err
	}
	var written struct {
		Count int            `db:"count"`
		Began types.DateTime `db:"began"`
	}
	err = app.DB().NewQuery("SELECT count(*) AS count, coalesce(min(created), '') AS began FROM comments WHERE client = {:client} AND author = {:author} AND created > {:since}").
		Bind(dbx.Params{"client": people.Account(person), "author": author, "since": database.Stored(since)}).One(&written)
	return written.Count, written.Began.Time(), err
}

func validateComment(e *core.RecordEvent) error {
	var given []string
	for _, thread := range Threads {
		if e.Record.GetString(thread) != "" {
			given = append(given, thread)
		}
	}
	if len(given) != 1 {
		return refuse(Threads[0], fmt.Sprintf("A comment belongs to exactly one of session, milestone, goal and deliverable; this one names %d.", len(given)))
	}
	body, deleted := e.Record.GetString("body"), e.Record.GetString("deletedAt") != ""
	if n := utf8.RuneCountInString(body); !deleted && (!people.Visible(body) || n > maxCommentChars) {
		return refuse("body", fmt.Sprintf("A comment has 1 to 10,000 characters that can be seen; this one has %d.", n))
	}
	return e.Next()
}

// ThreadOf returns the name of the relation that says what the comment is about.
func ThreadOf(comment *core.Record) string {
	for _, thread := range Threads {
		if comment.GetString(thread) != "" {
			return thread
		}
	}
	return Threads[0]
}

// Thread returns the record that a comment is about.
func Thread(app core.App, comment *core.Record) (*core.Record, error) {
	relation := ThreadOf(comment)
	field, ok := comment.Collection().Fields.GetByName(relation).(*core.RelationField)
	if !ok {
		return nil, fmt.Errorf("records: comments have no relation %s", relation)
	}
	return app.FindRecordById(field.CollectionId, comment.GetString(relation))
}

// ProjectOf returns the id of the project in which a comment was written.
func ProjectOf(app core.App, comment *core.Record) (string, error) {
	return lookUp(app, comment, ThreadOf(comment), "project")
}

// editOrDelete checks an edit or a delete, and keeps this invariant: a deleted comment has its words in deletedBody and
// an empty body.
func (w Write) editOrDelete() error {
	if w.client != nil && (w.Was.GetBool("isJames") || w.Was.GetString("author") != w.client.personId || w.Was.GetString("deletedAt") != "") {
		return router.NewNotFoundError("", nil)
	}
	if w.Was.GetString("kind") != "" && (w.Changed("body") || w.Changed("deletedAt") || w.Changed(ThreadOf(w.Record)) || w.Changed("kind")) {
		return refuse("body", partOfHistory)
	}
	if w.client != nil && w.Changed(ThreadOf(w.Record)) {
		return refuse(ThreadOf(w.Record), "A comment stays where it was written. You can change its body.")
	}
	switch {
	case w.Was.GetString("deletedAt") != "":
		w.Record.SetRaw("body", "")
		w.Record.SetRaw("deletedBody", w.Was.GetRaw("deletedBody"))
	case w.Record.GetString("deletedAt") != "":
		w.Record.SetRaw("body", "")
		w.Record.SetRaw("deletedBody", w.Was.GetRaw("body"))
	case w.Changed("body"):
		w.Record.Set("editedAt", now())
	}
	return nil
}

// softDelete turns a client's delete into an update that sets deletedAt. The owner's delete removes the record.
func softDelete(e *core.RecordRequestEvent) error {
	if e.Record.GetString("kind") != "" {
		return refuse("kind", partOfHistory)
	}
	if e.HasSuperuserAuth() {
		return e.Next()
	}
	e.Record.Set(clientRequestKey, requestOf(e.Auth, nil))
	e.Record.Set("deletedAt", now())
	if err := e.App.Save(e.Record); err != nil {
		return err
	}
	return e.NoContent(204)
}
