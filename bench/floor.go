package main

import (
	"database/sql"
	"encoding/json"
	"errors"
	"net/http"
	"os"
	"path/filepath"
	"strings"

	"greenroom/hooks/database"
)

// The floor is the least that a server can do: net/http, database/sql and encoding/json alone, with Greenroom's driver,
// pragmas and data. A token is looked up in a map, statements are prepared once, and rows are scanned into structs.

type floor struct {
	whose        map[string]string // client ids by token
	write        *sql.DB           // one connection, as in PocketBase
	project      *sql.Stmt
	comments     *sql.Stmt
	attachments  *sql.Stmt
	milestones   *sql.Stmt
	sessions     *sql.Stmt
	goals        *sql.Stmt
	deliverables *sql.Stmt
	actionItems  *sql.Stmt
}

func serveFloor(dir, address string) error {
	f := &floor{}
	tokens, err := os.ReadFile(filepath.Join(dir, tokensFile))
	if err != nil {
		return err
	}
	if err := json.Unmarshal(tokens, &f.whose); err != nil {
		return err
	}
	if f.write, err = openFloor(dir, 1); err != nil {
		return err
	}
	read, err := openFloor(dir, readers)
	if err != nil {
		return err
	}
	if err := f.prepare(read); err != nil {
		return err
	}
	mux := http.NewServeMux()
	mux.HandleFunc("GET /api/health", func(http.ResponseWriter, *http.Request) {})
	mux.HandleFunc("GET /projects/{id}", answer(f.page))
	mux.HandleFunc("DELETE /projects/{id}", answer(func(r *http.Request) (any, error) {
		_, err := f.write.Exec("DELETE FROM projects WHERE id = ?", r.PathValue("id"))
		return nil, err
	}))
	mux.HandleFunc("PATCH /integrations/{id}", answer(func(r *http.Request) (any, error) {
		_, err := f.write.Exec("UPDATE integrations SET state = ? WHERE id = ?", r.URL.Query().Get("state"), r.PathValue("id"))
		return nil, err
	}))
	return http.ListenAndServe(address, mux)
}

func openFloor(dir string, connections int) (*sql.DB, error) {
	db, err := database.Connect(filepath.Join(dir, "data.db"))
	if err != nil {
		return nil, err
	}
	db.DB().SetMaxOpenConns(connections)
	db.DB().SetMaxIdleConns(connections)
	return db.DB(), nil
}

func answer(handle func(r *http.Request) (any, error)) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		out, err := handle(r)
		switch {
		case errors.Is(err, sql.ErrNoRows):
			http.Error(w, "not found", http.StatusNotFound)
		case err != nil:
			http.Error(w, err.Error(), http.StatusInternalServerError)
		case out == nil:
			w.WriteHeader(http.StatusNoContent)
		default:
			w.Header().Set("Content-Type", "application/json")
			_ = json.NewEncoder(w).Encode(out) // the client has disconnected
		}
	}
}

const (
	commentColumns    = "id, session, milestone, goal, body, isJames, authorName, editedAt, deletedAt, client, created, updated"
	attachmentColumns = "id, project, session, filename, file, url, size, mimeType, uploadedBy, client, created, updated"
)

func (f *floor) prepare(db *sql.DB) error {
	for into, query := range map[**sql.Stmt]string{
		&f.project: "SELECT id, client, title, description, serviceType, status, dueDate, created, updated FROM projects WHERE id = ? AND client = ?",
		&f.comments: "SELECT " + commentColumns + " FROM comments WHERE milestone IN (SELECT id FROM milestones WHERE project = ?1)" +
			" UNION ALL SELECT " + commentColumns + " FROM comments WHERE session IN (SELECT id FROM sessions WHERE project = ?1)" +
			" UNION ALL SELECT " + commentColumns + " FROM comments WHERE goal IN (SELECT id FROM goals WHERE project = ?1) ORDER BY created, id",
		&f.attachments:  "SELECT " + attachmentColumns + " FROM attachments WHERE project = ? ORDER BY created, id",
		&f.milestones:   "SELECT id, project, title, description, sortOrder, status, dueDate, client, created, updated FROM milestones WHERE project = ? ORDER BY sortOrder, created, id",
		&f.sessions:     "SELECT id, project, title, date, durationMin, notes, calendarEventId, client, created, updated FROM sessions WHERE project = ? ORDER BY date DESC, created DESC, id",
		&f.goals:        "SELECT id, project, title, description, targetDate, completedAt, client, created, updated FROM goals WHERE project = ? ORDER BY created, id",
		&f.deliverables: "SELECT id, project, title, description, status, attachment, feedback, deliveredAt, approvedAt, client, created, updated FROM deliverables WHERE project = ? ORDER BY created, id",
		&f.actionItems:  "SELECT id, project, title, assignedTo, dueDate, completedAt, client, created, updated FROM action_items WHERE project = ? ORDER BY completedAt != '', dueDate = '', dueDate, created, id",
	} {
		var err error
		if *into, err = db.Prepare(query); err != nil {
			return err
		}
	}
	return nil
}

type floorPage struct {
	Project      floorProject       `json:"project"`
	Milestones   []floorMilestone   `json:"milestones"`
	Sessions     []floorSession     `json:"sessions"`
	Goals        []floorGoal        `json:"goals"`
	Deliverables []floorDeliverable `json:"deliverables"`
	ActionItems  []floorActionItem  `json:"actionItems"`
	Attachments  []*floorAttachment `json:"attachments"`
}

type floorProject struct {
	Id          string `json:"id"`
	Client      string `json:"client"`
	Title       string `json:"title"`
	Description string `json:"description"`
	ServiceType string `json:"serviceType"`
	Status      string `json:"status"`
	DueDate     string `json:"dueDate"`
	Created     string `json:"created"`
	Updated     string `json:"updated"`
}

type floorMilestone struct {
	Id          string         `json:"id"`
	Project     string         `json:"project"`
	Title       string         `json:"title"`
	Description string         `json:"description"`
	SortOrder   int            `json:"sortOrder"`
	Status      string         `json:"status"`
	DueDate     string         `json:"dueDate"`
	Client      string         `json:"client"`
	Created     string         `json:"created"`
	Updated     string         `json:"updated"`
	Comments    []floorComment `json:"comments"`
}

type floorSession struct {
	Id              string             `json:"id"`
	Project         string             `json:"project"`
	Title           string             `json:"title"`
	Date            string             `json:"date"`
	DurationMin     int                `json:"durationMin"`
	Notes           string             `json:"notes"`
	CalendarEventId string             `json:"calendarEventId"`
	Client          string             `json:"client"`
	Created         string             `json:"created"`
	Updated         string             `json:"updated"`
	Attachments     []*floorAttachment `json:"attachments"`
	Comments        []floorComment     `json:"comments"`
}

type floorGoal struct {
	Id          string         `json:"id"`
	Project     string         `json:"project"`
	Title       string         `json:"title"`
	Description string         `json:"description"`
	TargetDate  string         `json:"targetDate"`
	CompletedAt string         `json:"completedAt"`
	Client      string         `json:"client"`
	Created     string         `json:"created"`
	Updated     string         `json:"updated"`
	Comments    []floorComment `json:"comments"`
}

type floorDeliverable struct {
	Id          string           `json:"id"`
	Project     string           `json:"project"`
	Title       string           `json:"title"`
	Description string           `json:"description"`
	Status      string           `json:"status"`
	Feedback    string           `json:"feedback"`
	DeliveredAt string           `json:"deliveredAt"`
	ApprovedAt  string           `json:"approvedAt"`
	Client      string           `json:"client"`
	Created     string           `json:"created"`
	Updated     string           `json:"updated"`
	Attachment  *floorAttachment `json:"attachment"`
}

type floorActionItem struct {
	Id          string `json:"id"`
	Project     string `json:"project"`
	Title       string `json:"title"`
	AssignedTo  string `json:"assignedTo"`
	DueDate     string `json:"dueDate"`
	CompletedAt string `json:"completedAt"`
	Client      string `json:"client"`
	Created     string `json:"created"`
	Updated     string `json:"updated"`
}

type floorAttachment struct {
	Id         string `json:"id"`
	Project    string `json:"project"`
	Session    string `json:"session"`
	Filename   string `json:"filename"`
	File       string `json:"file"`
	URL        string `json:"url"`
	Size       int    `json:"size"`
	MimeType   string `json:"mimeType"`
	UploadedBy string `json:"uploadedBy"`
	Client     string `json:"client"`
	Created    string `json:"created"`
	Updated    string `json:"updated"`
}

type floorComment struct {
	Id         string `json:"id"`
	Session    string `json:"session"`
	Milestone  string `json:"milestone"`
	Goal       string `json:"goal"`
	Body       string `json:"body"`
	IsJames    bool   `json:"isJames"`
	AuthorName string `json:"authorName"`
	EditedAt   string `json:"editedAt"`
	DeletedAt  string `json:"deletedAt"`
	Client     string `json:"client"`
	Created    string `json:"created"`
	Updated    string `json:"updated"`
}

// page returns everything on a project's page.
func (f *floor) page(r *http.Request) (any, error) {
	client := f.whose[strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")]
	id := r.PathValue("id")
	page := floorPage{Milestones: []floorMilestone{}, Sessions: []floorSession{}, Goals: []floorGoal{}, Deliverables: []floorDeliverable{},
		ActionItems: []floorActionItem{}, Attachments: []*floorAttachment{}}
	p := &page.Project
	err := f.project.QueryRow(id, client).Scan(&p.Id, &p.Client, &p.Title, &p.Description, &p.ServiceType, &p.Status, &p.DueDate, &p.Created, &p.Updated)
	if err != nil {
		return nil, err
	}
	onTheWire(&p.DueDate, &p.Created, &p.Updated)

	threads := map[string][]floorComment{}
	byId, ofSession := map[string]*floorAttachment{}, map[string][]*floorAttachment{}
	thread := func(id string) []floorComment {
		if comments, ok := threads[id]; ok {
			return comments
		}
		return []floorComment{}
	}
	for _, part := range []struct {
		statement *sql.Stmt
		row       func(scan func(...any) error) error
	}{
		{f.comments, func(scan func(...any) error) error {
			var c floorComment
			err := scan(&c.Id, &c.Session, &c.Milestone, &c.Goal, &c.Body, &c.IsJames, &c.AuthorName, &c.EditedAt, &c.DeletedAt, &c.Client, &c.Created, &c.Updated)
			onTheWire(&c.EditedAt, &c.DeletedAt, &c.Created, &c.Updated)
			about := c.Session + c.Milestone + c.Goal // exactly one of them is set
			threads[about] = append(threads[about], c)
			return err
		}},
		{f.attachments, func(scan func(...any) error) error {
			a := &floorAttachment{}
			err := scan(&a.Id, &a.Project, &a.Session, &a.Filename, &a.File, &a.URL, &a.Size, &a.MimeType, &a.UploadedBy, &a.Client, &a.Created, &a.Updated)
			onTheWire(&a.Created, &a.Updated)
			page.Attachments, byId[a.Id] = append(page.Attachments, a), a
			if a.Session != "" {
				ofSession[a.Session] = append(ofSession[a.Session], a)
			}
			return err
		}},
		{f.milestones, func(scan func(...any) error) error {
			var m floorMilestone
			err := scan(&m.Id, &m.Project, &m.Title, &m.Description, &m.SortOrder, &m.Status, &m.DueDate, &m.Client, &m.Created, &m.Updated)
			onTheWire(&m.DueDate, &m.Created, &m.Updated)
			m.Comments = thread(m.Id)
			page.Milestones = append(page.Milestones, m)
			return err
		}},
		{f.sessions, func(scan func(...any) error) error {
			s := floorSession{Attachments: []*floorAttachment{}}
			err := scan(&s.Id, &s.Project, &s.Title, &s.Date, &s.DurationMin, &s.Notes, &s.CalendarEventId, &s.Client, &s.Created, &s.Updated)
			onTheWire(&s.Date, &s.Created, &s.Updated)
			if attachments, ok := ofSession[s.Id]; ok {
				s.Attachments = attachments
			}
			s.Comments = thread(s.Id)
			page.Sessions = append(page.Sessions, s)
			return err
		}},
		{f.goals, func(scan func(...any) error) error {
			var g floorGoal
			err := scan(&g.Id, &g.Project, &g.Title, &g.Description, &g.TargetDate, &g.CompletedAt, &g.Client, &g.Created, &g.Updated)
			onTheWire(&g.TargetDate, &g.CompletedAt, &g.Created, &g.Updated)
			g.Comments = thread(g.Id)
			page.Goals = append(page.Goals, g)
			return err
		}},
		{f.deliverables, func(scan func(...any) error) error {
			var d floorDeliverable
			var attachment string
			err := scan(&d.Id, &d.Project, &d.Title, &d.Description, &d.Status, &attachment, &d.Feedback, &d.DeliveredAt, &d.ApprovedAt, &d.Client, &d.Created, &d.Updated)
			onTheWire(&d.DeliveredAt, &d.ApprovedAt, &d.Created, &d.Updated)
			d.Attachment = byId[attachment]
			page.Deliverables = append(page.Deliverables, d)
			return err
		}},
		{f.actionItems, func(scan func(...any) error) error {
			var a floorActionItem
			err := scan(&a.Id, &a.Project, &a.Title, &a.AssignedTo, &a.DueDate, &a.CompletedAt, &a.Client, &a.Created, &a.Updated)
			onTheWire(&a.DueDate, &a.CompletedAt, &a.Created, &a.Updated)
			page.ActionItems = append(page.ActionItems, a)
			return err
		}},
	} {
		if err := each(part.statement, id, part.row); err != nil {
			return nil, err
		}
	}
	return page, nil
}

func each(statement *sql.Stmt, id string, row func(scan func(...any) error) error) error {
	rows, err := statement.Query(id)
	if err != nil {
		return err
	}
	defer rows.Close()
	for rows.Next() {
		if err := row(rows.Scan); err != nil {
			return err
		}
	}
	return rows.Err()
}

// onTheWire converts stored times to RFC 3339.
func onTheWire(times ...*string) {
	for _, t := range times {
		*t = strings.Replace(*t, " ", "T", 1)
	}
}
