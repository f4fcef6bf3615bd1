package archive

import (
	"bufio"
	_ "embed"
	"fmt"
	"html/template"
	"strings"

	"github.com/pocketbase/pocketbase/tools/types"

	"greenroom/hooks/markdown"
	"greenroom/hooks/phrases"
	"greenroom/hooks/portal"
)

//go:embed page.html
var pageText string

var page = template.Must(template.New("page").Parse(pageText))

// These are the words for the enumerations of the database.
var (
	services = map[string]string{"SOFTWARE": "Software", "ACCESSIBILITY": "Accessibility", "AUDIO": "Audio", "PRODUCTION": "Production", "MUSICIAN": "Musician"}
	statuses = map[string]string{
		"projects ACTIVE": "Active", "projects IN_REVIEW": "In review", "projects COMPLETED": "Completed", "projects ON_HOLD": "On hold",
		"milestones TODO": "To do", "milestones ACTIVE": "In progress", "milestones DONE": "Done",
		"deliverables PENDING": "Not started", "deliverables IN_PROGRESS": "In progress", "deliverables DELIVERED": "Ready to approve", "deliverables APPROVED": "Approved",
	}
	titles = map[string]heading{
		"milestones":   {"milestones", "Milestones", "No milestones were set."},
		"sessions":     {"sessions", "Sessions", "No session has taken place."},
		"deliverables": {"deliverables", "Deliverables", "Nothing is to be delivered."},
		"actionItems":  {"actions", "Action items", "Nobody has anything to do."},
		"goals":        {"goals", "Goals", "No goals were set."},
		"files":        {"files", "Files", "There are no files."},
	}
)

type heading struct{ ID, Title, None string }

// said is a text that somebody wrote, with a heading before it.
type said struct {
	Label string
	Words template.HTML
}

// noted is a file with a note before it.
type noted struct {
	Note string
	File file
}

// item is one record on the page.
type item struct {
	ID, Title string
	Facts     []string
	Words     template.HTML
	Said      []said
	Files     []noted
	Receipt   string
}

// page writes a project's index.html.
func (p *packer) page(out *bufio.Writer, o opened, all []file, receipts map[string]string) error {
	title := o.project.GetString("title")
	contents := []heading{}
	for _, s := range sections {
		contents = append(contents, titles[s.name])
	}
	contents = append(contents, titles["files"])
	write := func(name string, data any) error { return page.ExecuteTemplate(out, name, data) }
	if err := write("top", map[string]any{"Title": title, "Studio": p.config.Studio}); err != nil {
		return err
	}
	due := ""
	if at := o.project.GetDateTime("dueDate"); !at.IsZero() {
		due = p.day(at.String())
	}
	err := write("project-top", map[string]any{"Title": title, "Studio": p.config.Studio, "Client": nameOf(o), "Due": due, "Contents": contents,
		"Service": services[o.project.GetString("serviceType")], "Status": statuses["projects "+o.project.GetString("status")],
		"Description": words(o.project.GetString("description"), 1), "Made": p.moment(types.NowDateTime().String())})
	if err != nil {
		return err
	}
	var absent []file
	byId := map[string]file{}
	for _, f := range all {
		byId[f.Text("id")] = f
		if f.Absent != "" {
			absent = append(absent, f)
		}
	}
	if len(absent) > 0 {
		if err := write("absent", absent); err != nil {
			return err
		}
	}
	for _, s := range sections {
		head, any := titles[s.name], false
		err := p.each(s, o.project.Id, func(row portal.Row) error {
			if !any {
				any = true
				if err := write("section", heading{head.ID, head.Title, ""}); err != nil {
					return err
				}
			}
			if err := write("item", p.item(s, row, all, byId, receipts)); err != nil {
				return err
			}
			if s.thread != "" {
				if err := p.thread(s, row, write); err != nil {
					return err
				}
			}
			return write("/item", nil)
		})
		if err != nil {
			return err
		}
		if !any {
			if err := write("section", head); err != nil {
				return err
			}
		}
		if err := write("/section", nil); err != nil {
			return err
		}
	}
	if err := p.fileTable(o, all, write); err != nil {
		return err
	}
	return write("end", nil)
}

func (p *packer) thread(s section, row portal.Row, write func(name string, data any) error) error {
	first := true
	return p.comments(s.thread, row.Text("id"), func(comment portal.Row) error {
		if first {
			first = false
			if err := write("thread", row.Text("title")); err != nil {
				return err
			}
		}
		kind := map[string]string{"changes": "asked for changes", "approval": "approved"}[comment.Text("kind")]
		moment := ""
		if comment.True("timed") {
			moment = phrases.Position(comment.Number("atMs"))
			if until := comment.Number("untilMs"); until > 0 {
				moment += " to " + phrases.Position(until)
			}
		}
		return write("comment", map[string]any{"Author": comment.Text("authorName"), "When": p.moment(comment.Text("created")), "Kind": kind, "Moment": moment,
			"Edited": comment.Text("editedAt") != "", "Deleted": comment.Text("deletedAt") != "", "Words": words(comment.Text("body"), 4)})
	})
}

func (p *packer) fileTable(o opened, all []file, write func(name string, data any) error) error {
	head := titles["files"]
	if len(all) > 0 {
		head.None = ""
	}
	if err := write("section", head); err != nil {
		return err
	}
	if len(all) > 0 {
		if err := write("files", nil); err != nil {
			return err
		}
		for _, f := range all {
			from := p.config.Owner
			if f.Text("uploadedBy") == "client" {
				from = nameOf(o)
			}
			err := write("filerow", map[string]any{"File": f, "Size": phrases.Bytes(f.Number("size")), "Day": p.day(f.Text("created")), "From": from})
			if err != nil {
				return err
			}
		}
		if err := write("/files", nil); err != nil {
			return err
		}
	}
	return write("/section", nil)
}

// item returns a record in the form in which the page shows it.
func (p *packer) item(s section, row portal.Row, all []file, byId map[string]file, receipts map[string]string) item {
	it := item{ID: s.collection + "-" + row.Text("id"), Title: row.Text("title"), Words: words(row.Text("description"), 3)}
	fact := func(fact string) {
		if fact != "" {
			it.Facts = append(it.Facts, fact)
		}
	}
	day := func(before, field, after string) {
		if at := row.Text(field); at != "" {
			fact(before + p.day(at) + after)
		}
	}
	fact(statuses[s.collection+" "+row.Text("status")])
	switch s.collection {
	case "milestones":
		day("due ", "dueDate", "")
	case "sessions":
		day("", "date", "")
		if n := row.Number("durationMin"); n > 0 {
			fact(minutes(n))
		}
		it.Words = words(row.Text("notes"), 3)
		for _, f := range all {
			if f.Text("session") == row.Text("id") {
				it.Files = append(it.Files, noted{"", f})
			}
		}
	case "deliverables":
		day("delivered ", "deliveredAt", "")
		day("approved ", "approvedAt", "")
		if feedback := row.Text("feedback"); feedback != "" {
			it.Said = append(it.Said, said{"Changes asked for:", words(feedback, 3)})
		}
		it.Files = versions(row, all, byId)
		it.Receipt = escaped(receipts[row.Text("id")])
	case "action_items":
		if row.Text("assignedTo") == "james" {
			fact("for " + p.config.Owner)
		} else {
			fact("for the client")
		}
		day("due ", "dueDate", "")
		day("done ", "completedAt", "")
	case "goals":
		day("for ", "targetDate", "")
		day("done ", "completedAt", "")
	}
	return it
}

// versions returns the files of a deliverable, the newest first, and marks the current one.
func versions(row portal.Row, all []file, byId map[string]file) (out []noted) {
	current := row.Text("attachment")
	for i := len(all) - 1; i >= 0; i-- {
		f := all[i]
		if f.Text("deliverable") != row.Text("id") {
			continue
		}
		note := fmt.Sprintf("Version %d", f.Number("version"))
		if f.Text("id") == current {
			note += ", the current one"
		}
		out = append(out, noted{note, f})
	}
	if f, there := byId[current]; there && len(out) == 0 {
		out = append(out, noted{"", f})
	}
	return out
}

// IsAudio reports whether a browser can play the file.
func (f file) IsAudio() bool { return strings.HasPrefix(f.Text("mimeType"), "audio/") }

// words renders what somebody wrote as HTML below a heading of the level.
func words(text string, level int) template.HTML {
	if strings.TrimSpace(text) == "" {
		return ""
	}
	if html := markdown.Below(text, level); html != "" {
		return template.HTML(html)
	}
	return template.HTML(`<p class="text" dir="auto">` + template.HTMLEscapeString(text) + "</p>\n")
}

// day formats a stored time as “Tuesday 24 November 2026”. A date without a time is stored as midnight in UTC and is
// the same day in every time zone.
func (p *packer) day(stored string) string {
	at, err := types.ParseDateTime(stored)
	if err != nil || at.IsZero() {
		return ""
	}
	return phrases.Day(at.Time(), p.config.Timezone).Format("Monday 2 January 2006")
}

// moment formats a stored time as “Tuesday 24 November 2026, 14:00 (London)”.
func (p *packer) moment(stored string) string {
	at, err := types.ParseDateTime(stored)
	if err != nil || at.IsZero() {
		return ""
	}
	return phrases.Moment(at.Time(), p.config.Timezone)
}

func minutes(n int64) string {
	switch hours, rest := n/60, n%60; {
	case hours == 0:
		return phrases.Count(rest, "minute")
	case rest == 0:
		return phrases.Count(hours, "hour")
	default:
		return phrases.Count(hours, "hour") + " " + phrases.Count(rest, "minute")
	}
}
