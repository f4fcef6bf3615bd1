package pb_migrations

import (
	"slices"
	"strings"

	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// CommentKinds are the kinds of comments that the server writes with a verdict.
var CommentKinds = []string{"changes", "approval"}

// This migration adds versions of deliverables and comments on them. A file of a deliverable has a version number. The
// deliverable has a thread like other records, in which each request for changes and each approval stays as a comment
// about one version.
func init() {
	added := []struct {
		collection string
		fields     []core.Field
		indexes    []indexed
	}{
		{"attachments", []core.Field{
			explained(relation("deliverable", "deliverables"), "Makes the file the next version of a deliverable, and its current file."),
			explained(positive("version"), "Its number among the files of its deliverable. Set by the server."),
			explained(text("sha256", 64), "The file's checksum. Set by the server, a while after the file came."), positive("durationMs"),
			&core.NumberField{Name: "lufs"}, &core.NumberField{Name: "peakDb"}, text("peaks", 20_000)},
			[]indexed{index("deliverable", "version")}},
		{"comments", []core.Field{cascade("deliverable", "deliverables"), relation("attachment", "attachments"),
			&core.SelectField{Name: "kind", Values: CommentKinds}, flag("timed"), positive("atMs"), positive("untilMs")},
			[]indexed{index("deliverable"), index("attachment")}},
	}
	m.Register(func(app core.App) error {
		for _, a := range added {
			err := changeCollection(app, a.collection, func(c *core.Collection) {
				for _, field := range a.fields {
					if c.Fields.GetByName(field.GetName()) == nil {
						c.Fields.Add(field)
					}
				}
				table{c}.with(a.indexes...)
				if a.collection == "comments" {
					c.CreateRule = rule(ofDeliverables.Replace(*c.CreateRule))
					c.UpdateRule, c.DeleteRule = rule(*c.UpdateRule+notOfAVerdict), rule(*c.DeleteRule+notOfAVerdict)
				}
			})
			if err != nil {
				return err
			}
		}
		return runAll(app.DB(), firstVersions)
	}, func(app core.App) error {
		for _, a := range added {
			err := changeCollection(app, a.collection, func(c *core.Collection) {
				if a.collection == "comments" {
					c.CreateRule = rule(strings.NewReplacer(" || deliverable.client = @request.auth.id", "", " || deliverable.client = @request.auth.accountId", "").Replace(*c.CreateRule))
					c.UpdateRule, c.DeleteRule = rule(strings.TrimSuffix(*c.UpdateRule, notOfAVerdict)), rule(strings.TrimSuffix(*c.DeleteRule, notOfAVerdict))
				}
				for _, i := range a.indexes {
					c.RemoveIndex("idx_" + c.Name + "_" + strings.ReplaceAll(i.columns, ", ", "_"))
				}
				for _, field := range a.fields {
					c.Fields.RemoveByName(field.GetName())
				}
			})
			if err != nil {
				return err
			}
		}
		return nil
	})
}

func explained(f core.Field, words string) core.Field { *helpOf(f) = words; return f }

// Permissions is the permission table as it is today: that of 1790000005_people.go, in which comments may also belong
// to deliverables. A migration that changes a rule has to change it here as well.
var Permissions = func() []Permission {
	today := slices.Clone(peoplesPermissions)
	for i := range today {
		if p := &today[i]; p.Collection == "comments" {
			p.Create, p.Update, p.Delete = ofDeliverables.Replace(p.Create), p.Update+notOfAVerdict, p.Delete+notOfAVerdict
		}
	}
	return today
}()

// ofDeliverables extends the rules of comments to deliverables, as to the other parents.
var ofDeliverables = strings.NewReplacer("goal.client = @request.auth.id", "goal.client = @request.auth.id || deliverable.client = @request.auth.id",
	"goal.client = @request.auth.accountId", "goal.client = @request.auth.accountId || deliverable.client = @request.auth.accountId")

// notOfAVerdict keeps clients from changing the comments that the server wrote with their verdicts.
const notOfAVerdict = " && kind = ''"

// firstVersions makes the file of each deliverable its version 1, and the stored feedback the first comment of its
// thread.
var firstVersions = []string{
	`UPDATE attachments SET version = 1, deliverable = (SELECT d.id FROM deliverables d WHERE d.attachment = attachments.id)
		WHERE id IN (SELECT attachment FROM deliverables WHERE attachment != '')`,
	`INSERT INTO comments (id, deliverable, attachment, kind, body, isJames, authorName, client, author, lastWord, created, updated)
		SELECT substr(lower(hex(randomblob(8))), 1, 15), d.id, d.attachment, 'changes', d.feedback, 0,
			CASE WHEN trim(c.name) != '' THEN c.name ELSE c.email END, d.client, d.client, 1, d.updated, d.updated
		FROM deliverables d JOIN clients c ON c.id = d.client WHERE trim(d.feedback) != ''`,
}
