package portal_test

import (
	"strings"
	"testing"

	"greenroom/hooks/testkit"
)

// Texts are stored and answered as they were written. If they contain Markdown, their HTML is answered beside them.
func TestMarkdownIsGivenAsHTMLBesideTheWords(t *testing.T) {
	r := newRoom(t)
	const words, html = "- one\n- <b>two</b>", "<ul>\n<li dir=\"auto\">one</li>\n<li dir=\"auto\">&lt;b&gt;two&lt;/b&gt;</li>\n</ul>\n"
	project := r.Project("Album", fields{"description": words})
	in := fields{"project": project.Id}
	session := r.With("sessions", fields{"title": "One", "notes": words}, in)
	r.With("milestones", fields{"title": "Mix", "description": words}, in)
	r.With("goals", fields{"title": "Goal", "description": words}, in)
	r.With("deliverables", fields{"title": "Master", "description": words}, in)
	said := r.SaveAs(r.AnaToken, "POST", "comments/records", fields{"session": session.Id, "body": words})
	if said["body"] != words || said["bodyHtml"] != html {
		t.Errorf("the saved comment is %v", said)
	}
	r.With("comments", fields{"session": session.Id, "body": "Only words."})

	for who, page := range map[string]fields{
		"the client": r.Page("projects/" + project.Id), "the owner": testkit.Decode(t, r.Do("GET", "/api/studio/projects/"+project.Id, r.Owner, nil).Raw),
	} {
		check := func(what string, record fields, field string) {
			if record[field] != words || record[field+"Html"] != html {
				t.Errorf("%s gets %s as %v", who, what, record)
			}
		}
		check("the project", page["project"].(fields), "description")
		for _, section := range []string{"milestones", "goals", "deliverables"} {
			check(section, testkit.List(t, page, section)[0], "description")
		}
		notes := testkit.List(t, page, "sessions")[0]
		check("the notes", notes, "notes")
		comments := testkit.List(t, notes, "comments")
		check("the comment", comments[0], "body")
		if _, there := comments[1]["bodyHtml"]; there {
			t.Errorf("words without Markdown come as %v", comments[1])
		}
	}
	if changed := r.SaveAs(r.AnaToken, "PATCH", "comments/records/"+said["id"].(string), fields{"body": "plain", "bodyHtml": "<script>"}); changed["bodyHtml"] != "" {
		t.Errorf("a comment that is plain now is %v", changed)
	}
	export := string(r.Raw("export"))
	if strings.Contains(export, "Html") || !strings.Contains(export, `- one\n- <b>two</b>`) {
		t.Errorf("the export is %s", export)
	}
}

func TestDeletedWordsAreNoHTML(t *testing.T) {
	r := newRoom(t)
	goal := r.With("goals", fields{"title": "Goal", "project": r.Project("Album").Id})
	said := r.SaveAs(r.AnaToken, "POST", "comments/records", fields{"goal": goal.Id, "body": "*taken* back"})
	path := "comments/records/" + said["id"].(string)
	r.SaveAs(r.AnaToken, "DELETE", path, nil)
	testkit.MustNotContain(t, "the record", r.Do("GET", "/api/collections/"+path, r.AnaToken, nil).Raw, "taken", "<em>")
	testkit.MustNotContain(t, "the page", r.Raw("projects/"+goal.GetString("project")), "taken", "<em>")
	if owners := r.Do("GET", "/api/collections/"+path, r.Owner, nil).JSON(); owners["bodyHtml"] != "<p dir=\"auto\"><em>taken</em> back</p>\n" {
		t.Errorf("the owner reads %v", owners)
	}
}
