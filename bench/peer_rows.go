package main

import (
	"bufio"
	"database/sql"
	"encoding/csv"
	"encoding/json"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"greenroom/pb_migrations"
)

// large returns the folder with the rows of a project with so many descendants, and its id.
func large(size int) (folder, id string) {
	return fmt.Sprintf("p%d", size), (fmt.Sprintf("big%d", size) + strings.Repeat("x", 15))[:15]
}

// rows copies the other system's rows into Greenroom's tables.
type rows struct {
	dir   string
	whose map[string]string // client ids by the ids of their records
}

// seedAs fills a directory with the rows of the other system.
func seedAs(dir, data string) (*studio, *rows, error) {
	r := &rows{dir: data, whose: map[string]string{}}
	s, err := seed(dir, func(s *seeder, to *studio) {
		folders := []string{"base"}
		for _, size := range cascadeSizes {
			folder, _ := large(size)
			folders = append(folders, folder)
		}
		for _, folder := range folders {
			if s.err == nil {
				s.err = r.insert(s, folder)
			}
		}
		to.clients = r.clients(s)
	})
	return s, r, err
}

// clients returns the clients who have projects in ids.txt.
func (r *rows) clients(s *seeder) (out []client) {
	visits, err := readVisits(r.dir)
	s.err = errors.Join(s.err, err)
	for _, v := range visits {
		id := r.whose[v.project]
		if len(out) == 0 || out[len(out)-1].id != id { // the lines of a client are consecutive
			out = append(out, client{id: id})
		}
		c := &out[len(out)-1]
		c.projects = append(c.projects, v.project)
	}
	return out
}

// visitsLike returns the same visits with tokens of Greenroom's.
func (s *studio) visitsLike(visits []visit) (out []visit) {
	tokens := map[string]string{}
	for _, c := range s.clients {
		for _, project := range c.projects {
			tokens[project] = c.token
		}
	}
	for _, v := range visits {
		out = append(out, visit{v.project, v.session, tokens[v.project]})
	}
	return out
}

// again restores a deleted project in a database that is in use, and checkpoints, so that the next writer does not pay
// for it.
func (r *rows) again(db *sql.DB, folder string) error {
	if err := inTransaction(db, func(s *seeder) error { return r.insert(s, folder) }); err != nil {
		return err
	}
	_, err := db.Exec("PRAGMA wal_checkpoint(TRUNCATE)")
	return err
}

// tables maps the other system's tables to Greenroom's, parents before children. A record under a client carries that
// client.
var tables = []struct {
	theirs, ours string
	parents      []string // the other system's columns; the first that is set names the parent
	values       func(row map[string]string) map[string]any
}{
	{"Client", "clients", nil, func(row map[string]string) map[string]any {
		return map[string]any{"clerkId": row["clerkId"], "email": row["email"], "name": row["name"], "stripeCustomerId": row["stripeCustomerId"],
			"tokenKey": strings.Repeat(row["id"], 3), "password": "", "verified": true}
	}},
	{"Project", "projects", []string{"clientId"}, func(row map[string]string) map[string]any {
		return map[string]any{"title": row["title"], "serviceType": row["serviceType"], "status": row["status"]}
	}},
	{"Milestone", "milestones", []string{"projectId"}, func(row map[string]string) map[string]any {
		return map[string]any{"project": row["projectId"], "title": row["title"], "sortOrder": row["sortOrder"], "status": row["status"], "dueDate": stored(row["dueDate"])}
	}},
	{"Session", "sessions", []string{"projectId"}, func(row map[string]string) map[string]any {
		return map[string]any{"project": row["projectId"], "title": row["title"], "date": stored(row["date"]), "durationMin": row["durationMin"], "notes": row["notes"],
			"calendarEventId": row["calendarEventId"]}
	}},
	{"Goal", "goals", []string{"projectId"}, func(row map[string]string) map[string]any {
		return map[string]any{"project": row["projectId"], "title": row["title"], "description": row["description"], "completedAt": whenDone(row)}
	}},
	{"Attachment", "attachments", []string{"projectId"}, func(row map[string]string) map[string]any {
		return map[string]any{"project": row["projectId"], "filename": row["filename"], "file": row["filename"], "url": row["url"], "size": row["size"],
			"mimeType": row["mimeType"], "uploadedBy": row["uploadedBy"],
			// The file does not exist, so the checksum is given: else the server would look for the file in the background.
			"sha256": strings.Repeat("0", 64), "measured": true}
	}},
	{"Deliverable", "deliverables", []string{"projectId"}, func(row map[string]string) map[string]any {
		return map[string]any{"project": row["projectId"], "title": row["title"], "status": row["status"], "attachment": row["attachmentId"]}
	}},
	{"ActionItem", "action_items", []string{"projectId"}, func(row map[string]string) map[string]any {
		return map[string]any{"project": row["projectId"], "title": row["title"], "assignedTo": pb_migrations.Assignees[0], "dueDate": stored(row["dueDate"]),
			"completedAt": whenDone(row)}
	}},
	{"Comment", "comments", []string{"sessionId", "milestoneId", "goalId"}, func(row map[string]string) map[string]any {
		return map[string]any{"session": row["sessionId"], "milestone": row["milestoneId"], "goal": row["goalId"], "body": row["body"], "authorName": row["authorName"],
			"isJames": row["isJames"] == "1", "lastWord": row["last"] != ""}
	}},
	{"Booking", "bookings", []string{"clientId"}, func(row map[string]string) map[string]any {
		return map[string]any{"calendarEventId": row["calendarEventId"], "title": row["title"], "startTime": stored(row["startTime"]), "endTime": stored(row["endTime"])}
	}},
}

// insert adds the rows of one folder.
func (r *rows) insert(s *seeder, folder string) error {
	for _, t := range tables {
		all, err := readRows(filepath.Join(r.dir, folder, t.theirs+".csv"))
		if err != nil {
			return err
		}
		if t.ours == "comments" {
			markLast(all)
		}
		for _, row := range all {
			values := t.values(row)
			for _, parent := range t.parents {
				if id := row[parent]; id != "" {
					r.whose[row["id"]], values["client"] = r.whose[id], r.whose[id]
				}
			}
			if t.parents == nil {
				r.whose[row["id"]] = row["id"]
			}
			created := stored(row["createdAt"])
			s.insert(t.ours, row["id"], created, created, values)
		}
	}
	return s.err
}

// markLast marks the comment that ends each thread.
func markLast(comments []map[string]string) {
	ended := map[string]bool{}
	for _, c := range slices.Backward(comments) {
		if thread := c["sessionId"] + c["milestoneId"] + c["goalId"]; !ended[thread] {
			ended[thread], c["last"] = true, "yes"
		}
	}
}

// stored converts a time to the form of Greenroom's database.
func stored(theirs string) string {
	if theirs == "" {
		return ""
	}
	return theirs + "Z"
}

func whenDone(row map[string]string) string {
	if row["done"] != "1" {
		return ""
	}
	return stored(row["createdAt"])
}

func readRows(path string) (out []map[string]string, err error) {
	file, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer file.Close()
	all, err := csv.NewReader(bufio.NewReader(file)).ReadAll()
	if err != nil || len(all) == 0 {
		return nil, errors.Join(fmt.Errorf("%s has no rows", path), err)
	}
	for _, values := range all[1:] {
		row := map[string]string{}
		for i, name := range all[0] {
			row[name] = values[i]
		}
		out = append(out, row)
	}
	return out, nil
}

func readVisits(dir string) (out []visit, err error) {
	content, err := os.ReadFile(filepath.Join(dir, "ids.txt"))
	if err != nil {
		return nil, err
	}
	for l := range strings.Lines(string(content)) {
		if f := strings.Fields(l); len(f) == 3 {
			out = append(out, visit{f[0], f[1], f[2]})
		}
	}
	return out, nil
}

// readKeys reads the visits and their tokens.
func (p *peer) readKeys() (err error) {
	data := filepath.Join(p.dir, "data")
	if p.visits, err = readVisits(data); err != nil {
		return err
	}
	content, err := os.ReadFile(filepath.Join(data, "tokens.json"))
	if err != nil {
		return err
	}
	var tokens struct{ Admin string }
	err = json.Unmarshal(content, &tokens)
	p.owner = tokens.Admin
	return err
}
