package notify

import (
	_ "embed"
	"strings"
	"text/template"

	"github.com/pocketbase/pocketbase/core"
)

//go:embed templates.txt
var templateText string

var templates = template.Must(template.New("").Funcs(template.FuncMap{"status": func(s string) string { return statuses[s] }}).Parse(templateText))

// statuses are the portal's words for a milestone's status.
var statuses = map[string]string{"TODO": "to do", "ACTIVE": "in progress", "DONE": "done"}

func words(name string, data any) (string, error) {
	var out strings.Builder
	err := templates.ExecuteTemplate(&out, name, data)
	return out.String(), err
}

// letter is the content of one mail.
type letter struct {
	Subject, Text, Link string
	FirstName           string
	Signature           string
	thread              string // id of the thread's root, to which all mails about the same record refer
}

// section lists the news of one project.
type section struct {
	Project string
	Lines   []string
	More    int // how many are left out
	id      string
}

// maxLines is how many lines a mail has for one project.
const maxLines = 6

// write writes the news for their recipient.
func (o *outbox) write(r recipient, all []news) (l letter, err error) {
	base := strings.TrimSuffix(o.app.Settings().Meta.AppURL, "/")
	l = letter{FirstName: r.firstName, Signature: o.config.Owner}
	if r.to == toOwner {
		l.Signature = o.config.Studio
	}
	if len(all) == 1 {
		n := all[0]
		l.Link, l.thread = base+n.path(r.to), rootOf(n.thread)
		if l.Subject, err = words(n.Notice+" subject", n); err == nil {
			l.Text, err = words(n.Notice+" text", n)
		}
		return l, err
	}
	sections, err := sectionsOf(all)
	if err != nil {
		return l, err
	}
	l.Link = base + pageOf(r, sections)
	if len(sections) == 1 {
		l.thread = "project-" + sections[0].id
	}
	if sameThread(all) {
		l.Link, l.thread = base+all[0].path(r.to), rootOf(all[0].thread)
	}
	receipts := []string{}
	for _, n := range all {
		if n.Receipt != "" {
			receipts = append(receipts, n.Receipt)
		}
	}
	data := map[string]any{"Sections": sections, "Count": len(all), "Receipts": receipts}
	if l.Subject, err = words("several subject", data); err == nil {
		l.Text, err = words("several text", data)
	}
	return l, err
}

func sectionsOf(all []news) (sections []*section, err error) {
	byProject := map[string]*section{}
	for _, n := range all {
		s := byProject[n.projectId]
		if s == nil {
			s = &section{Project: n.Project, id: n.projectId}
			byProject[n.projectId] = s
			sections = append(sections, s)
		}
		line, err := words(n.Notice+" line", n)
		if err != nil {
			return nil, err
		}
		s.Lines = append(s.Lines, line)
	}
	for _, s := range sections {
		if len(s.Lines) > maxLines {
			s.More = len(s.Lines) - maxLines + 1
			s.Lines = s.Lines[:maxLines-1]
		}
	}
	return sections, nil
}

// pageOf returns the path at which all the news can be found.
func pageOf(r recipient, sections []*section) string {
	switch {
	case r.to == toOwner:
		return "/_/#/studio"
	case len(sections) == 1:
		return "/projects/" + sections[0].id
	}
	return "/"
}

func sameThread(all []news) bool {
	for _, n := range all {
		if n.thread.Id != all[0].thread.Id {
			return false
		}
	}
	return true
}

func rootOf(thread *core.Record) string { return thread.Collection().Name + "-" + thread.Id }

func (l letter) body() (string, error) { return words("mail", l) }
