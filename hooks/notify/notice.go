package notify

import (
	"database/sql"
	"errors"
	"strings"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/people"
	"greenroom/hooks/phrases"
	"greenroom/hooks/records"
)

// kind says which collection a notice is about, and whether a record still deserves the notice when its mail is due.
type kind struct {
	collection string
	still      func(about *core.Record) bool
}

var kinds = map[string]kind{
	sessionNotes:     {"sessions", func(r *core.Record) bool { return strings.TrimSpace(r.GetString("notes")) != "" }},
	milestoneStatus:  {"milestones", func(*core.Record) bool { return true }},
	ownerComment:     {"comments", undeleted},
	deliverableReady: {"deliverables", func(r *core.Record) bool { return r.GetString("status") == "DELIVERED" }},
	filesOpen:        {"deliverables", func(r *core.Record) bool { return !r.GetBool("locked") }},
	actionItem: {"action_items", func(r *core.Record) bool {
		return r.GetString("assignedTo") == toClient && r.GetString("completedAt") == ""
	}},
	clientComment: {"comments", undeleted},
	clientVerdict: {"deliverables", func(r *core.Record) bool {
		return r.GetString("status") == "APPROVED" || r.GetString("status") == "IN_PROGRESS"
	}},
}

func undeleted(comment *core.Record) bool { return comment.GetString("deletedAt") == "" }

// news is one notice with the values that the templates need, as they are when the mail is written.
type news struct {
	Notice   string
	Project  string // the title
	Title    string // of the session, milestone, goal, deliverable or action item
	Status   string
	Words    string // the beginning of what somebody wrote, in one line
	Due      string
	Client   string // name of the client or person who did it
	ToClient bool
	Version  int    // number of the deliverable's version in question; 0 without one
	Receipt  string // text of the receipt, in the news of an approval

	projectId string
	about     *core.Record
	thread    *core.Record
}

// maxWordsChars is how much of a comment a mail quotes.
const maxWordsChars = 280

// read returns a notice's current values, or the reason why it is no longer news.
func (o *outbox) read(row *core.Record) (n news, whyNot string, err error) {
	k := kinds[row.GetString("notice")]
	about, err := o.app.FindRecordById(k.collection, row.GetString("about"))
	if errors.Is(err, sql.ErrNoRows) {
		return n, "It was deleted before its mail left.", nil
	}
	if err != nil {
		return n, "", err
	}
	switch {
	case !k.still(about):
		return n, "It was no longer so when its mail was due.", nil
	case about.GetString("client") != row.GetString("client"):
		return n, "It went to another client before its mail left.", nil
	}
	thread, err := threadOf(o.app, about)
	if err != nil {
		return n, "", err
	}
	project, err := o.app.FindRecordById("projects", thread.GetString("project"))
	if err != nil {
		return n, "", err
	}
	who, err := o.whoDid(row, about)
	if err != nil {
		return n, "", err
	}
	n = news{Notice: row.GetString("notice"), Project: project.GetString("title"), Title: thread.GetString("title"), Status: about.GetString("status"),
		Client: who, ToClient: row.GetString("recipient") == toClient, projectId: project.Id, about: about, thread: thread}
	if err := o.readVersion(row, &n); err != nil {
		return n, "", err
	}
	if due := about.GetDateTime("dueDate"); !due.IsZero() {
		n.Due = phrases.Day(due.Time(), o.config.Timezone).Format("Monday 2 January")
	}
	n.Words = people.OneLine(about.GetString("body")+about.GetString("feedback"), maxWordsChars+1)
	if words := []rune(n.Words); len(words) > maxWordsChars {
		n.Words = strings.TrimSpace(string(words[:maxWordsChars])) + "…"
	}
	return n, "", nil
}

// readVersion adds the deliverable's version and, for a verdict, who gave it and the receipt.
func (o *outbox) readVersion(row *core.Record, n *news) error {
	said := struct {
		Author  string `db:"authorName"`
		Version int    `db:"version"`
	}{}
	file := n.about.GetString("attachment")
	if n.Notice == clientVerdict {
		kind := when(n.Status == "APPROVED", "approval")
		if kind == "" {
			kind = "changes"
		}
		err := o.app.DB().NewQuery(`SELECT c.authorName, coalesce(a.version, 0) AS version FROM comments c LEFT JOIN attachments a ON a.id = c.attachment
			WHERE c.deliverable = {:id} AND c.kind = {:kind} ORDER BY c.created DESC, c.rowid DESC LIMIT 1`).
			Bind(dbx.Params{"id": n.about.Id, "kind": kind}).One(&said)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
	} else if n.thread.Collection().Name == "deliverables" && file != "" {
		err := o.app.DB().Select("version").From("attachments").Where(dbx.HashExp{"id": file}).Limit(1).Row(&said.Version)
		if err != nil && !errors.Is(err, sql.ErrNoRows) {
			return err
		}
	}
	n.Version = said.Version
	if n.Notice != clientVerdict || !hasReceipt(n.about) {
		return nil
	}
	if said.Author != "" && row.GetString("recipient") == toClient {
		n.Client = cleanName(said.Author)
	}
	receipt, err := records.ReceiptOf(o.app, n.about.Id)
	n.Receipt = strings.TrimRight(receipt.Text(o.config.Timezone), "\n")
	return err
}

// whoDid returns the name of the client or person whose action the notice is about. A removed person's name is still in
// their comments.
func (o *outbox) whoDid(row, about *core.Record) (string, error) {
	if name := about.GetString("authorName"); name != "" && !about.GetBool("isJames") {
		return cleanName(name), nil
	}
	if row.GetString("recipient") == toOwner && row.GetString("person") != "" {
		person, err := o.app.FindRecordById("clients", row.GetString("person"))
		if err == nil || !errors.Is(err, sql.ErrNoRows) {
			return nameOf(person, err)
		}
	}
	return nameOf(o.app.FindRecordById("clients", row.GetString("client")))
}

func nameOf(client *core.Record, err error) (string, error) {
	if err != nil {
		return "", err
	}
	return cleanName(people.DisplayName(client)), nil
}

// anchors are the prefixes of the ids on a project's page, by collection. A record of another collection is found in
// the section "actions".
var anchors = map[string]string{"sessions": "session-", "milestones": "milestone-", "goals": "goal-", "deliverables": "deliverable-"}

// path returns the path of the record: on the project's page for a client, in the dashboard for the owner.
func (n news) path(to string) string {
	if to == toOwner {
		return "/_/#/collections?collection=" + n.about.Collection().Name + "&record=" + n.about.Id
	}
	page := "/projects/" + n.projectId
	if anchor := anchors[n.thread.Collection().Name]; anchor != "" {
		return page + "#" + anchor + n.thread.Id
	}
	return page + "#actions"
}
