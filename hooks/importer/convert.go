package importer

import (
	"cmp"
	"crypto/sha256"
	"encoding/base32"
	"fmt"
	"maps"
	"net/url"
	"path"
	"slices"
	"strconv"
	"strings"
	"time"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/security"

	"greenroom/hooks/files"
	"greenroom/pb_migrations"
)

// conversion has the new rows by collection, in the order in which they are written.
type conversion struct {
	rows     map[string][]record
	keys     map[string]string // by attachment: the key of its object in the bucket
	notes    []string
	problems []string
}

// record is a new row with the old one from which it was made.
type record struct {
	old    string
	values map[string]any
}

// NewId returns the new id of an old record: 75 bits of a hash in the alphabet of PocketBase's ids.
func NewId(old string) string {
	sum := sha256.Sum256([]byte(old))
	return strings.ToLower(base32.StdEncoding.EncodeToString(sum[:]))[:core.DefaultIdLength]
}

// converter converts the old tables, parents first.
type converter struct {
	app    core.App
	src    *source
	out    *conversion
	client map[string]string // by old project: the old client
	known  map[string]bool   // "<collection> <old id>"
	// project maps an old session, milestone, goal or attachment, as "<collection> <old id>", to its old project.
	project map[string]string
	held    map[string]string // by old attachment: the deliverable whose file it is
	author  map[string]string // by old client: the display name
	guest   map[string]string // by old client: the address in lower case
	holder  map[string]row    // by "<column> <value>": the row that has a value which must be unique
}

// convert converts all rows. Every problem is reported, not only the first.
func convert(app core.App, src *source) *conversion {
	c := &converter{app: app, src: src, out: &conversion{rows: map[string][]record{}, keys: map[string]string{}, notes: src.notes, problems: src.wrong},
		client: map[string]string{}, known: map[string]bool{}, project: map[string]string{}, held: map[string]string{}, author: map[string]string{}, guest: map[string]string{}, holder: map[string]row{}}
	for _, step := range []struct {
		collection string
		convert    func(r row, v map[string]any)
	}{
		{"clients", c.aClient}, {"projects", c.aProject}, {"milestones", c.aMilestone}, {"sessions", c.aSession}, {"goals", c.aGoal},
		{"attachments", c.anAttachment}, {"deliverables", c.aDeliverable}, {"action_items", c.anActionItem}, {"comments", c.aComment}, {"bookings", c.aBooking},
	} {
		t := src.tables[step.collection]
		if step.collection == "attachments" {
			c.whoHolds()
		}
		for _, r := range t.rows {
			key := step.collection + " " + r.id()
			if c.known[key] {
				c.wrong(r, "there are two with this id")
				continue
			}
			c.known[key] = true
			created := c.time(r, "created")
			v := map[string]any{"id": NewId(r.id()), "created": created, "updated": cmp.Or(c.time(r, "updated"), created)}
			step.convert(r, v)
			c.checkLimits(step.collection, r, v)
			c.out.rows[step.collection] = append(c.out.rows[step.collection], record{r.id(), v})
		}
	}
	slices.SortStableFunc(c.out.rows["comments"], func(a, b record) int {
		// The latest comment of a thread becomes its last one.
		return strings.Compare(a.values["created"].(string), b.values["created"].(string))
	})
	return c.out
}

// under sets the project and the client of a record.
func (c *converter) under(collection string, r row, v map[string]any) {
	v["project"] = c.parent(r, "project", "projects", true)
	v["client"] = NewIdOrNone(c.client[r.text("project")])
	c.project[collection+" "+r.id()] = r.text("project")
}

// alone stores a value that must be unique, and returns the row that has it already, if any. Empty values are ignored.
func (c *converter) alone(column, value string, r row) (other row, taken bool) {
	if value == "" {
		return row{}, false
	}
	key := column + " " + value
	if other, taken = c.holder[key]; !taken {
		c.holder[key] = r
	}
	return other, taken
}

func (c *converter) aClient(r row, v map[string]any) {
	email := strings.TrimSpace(r.text("email"))
	if !strings.Contains(email, "@") || strings.ContainsAny(email, " \t\r\n<>") {
		c.wrong(r, strconv.Quote(email)+" is no email address")
	}
	c.guest[r.id()] = strings.ToLower(email)
	if other, taken := c.alone("email", strings.ToLower(email), r); taken {
		c.wrong(r, fmt.Sprintf("its email %s is that of Client %s too, which has %s: capitals make no difference", email, other.id(), other.text("email")))
	}
	if other, taken := c.alone("clerkId", r.text("clerkId"), r); taken {
		c.wrong(r, "its clerkId is that of Client "+other.id()+" too")
	}
	c.author[r.id()] = cmp.Or(strings.TrimSpace(r.text("name")), email)
	maps.Copy(v, map[string]any{"email": email, "name": strings.TrimSpace(r.text("name")), "company": strings.TrimSpace(r.text("company")), "clerkId": r.text("clerkId"),
		"stripeCustomerId": r.text("stripeCustomerId"), "archivedAt": c.time(r, "archivedAt"), "notices": "each", "digestAt": "08:00",
		"unsubscribeKey": security.RandomString(40)})
	if zone := r.text("timezone"); zone != "" {
		if _, err := time.LoadLocation(zone); err == nil && zone != "Local" {
			v["timezone"] = zone
		}
	}
}

func (c *converter) aProject(r row, v map[string]any) {
	v["client"] = c.parent(r, "client", "clients", true)
	c.client[r.id()] = r.text("client")
	c.title(r, v, "project")
	maps.Copy(v, map[string]any{"description": r.text("description"), "serviceType": c.one(r, "serviceType", pb_migrations.ServiceTypes, ""),
		"status": c.one(r, "status", pb_migrations.ProjectStatuses, "ACTIVE"), "dueDate": c.time(r, "dueDate")})
	if r.text("serviceType") == "" {
		c.wrong(r, "it has no serviceType")
	}
}

func (c *converter) aMilestone(r row, v map[string]any) {
	c.under("milestones", r, v)
	c.title(r, v, "milestone")
	maps.Copy(v, map[string]any{"description": r.text("description"), "sortOrder": c.number(r, "sortOrder"),
		"status": c.one(r, "status", pb_migrations.MilestoneStatuses, "TODO"), "dueDate": c.time(r, "dueDate")})
}

func (c *converter) aSession(r row, v map[string]any) {
	c.under("sessions", r, v)
	c.title(r, v, "session")
	maps.Copy(v, map[string]any{"date": cmp.Or(c.time(r, "date"), v["created"].(string)), "durationMin": c.number(r, "durationMin"), "notes": r.text("notes"),
		"calendarEventId": r.text("calendarEventId")})
}

// completed returns when something was done. If the old system only stored that it was, it is the time of the last
// change.
func (c *converter) completed(r row, v map[string]any) string {
	if at := c.time(r, "completedAt"); at != "" {
		return at
	}
	if r.text("done") == "true" {
		return v["updated"].(string)
	}
	return ""
}

func (c *converter) aGoal(r row, v map[string]any) {
	c.under("goals", r, v)
	c.title(r, v, "goal")
	maps.Copy(v, map[string]any{"description": r.text("description"), "targetDate": c.time(r, "targetDate"), "completedAt": c.completed(r, v)})
}

// whoHolds reads the deliverables' files before the attachments are converted.
func (c *converter) whoHolds() {
	for _, d := range c.src.tables["deliverables"].rows {
		file := d.text("attachment")
		if file == "" {
			continue
		}
		if other := c.held[file]; other != "" {
			c.wrong(d, fmt.Sprintf("its file %s is that of Deliverable %s too", file, other))
			continue
		}
		c.held[file] = d.id()
	}
}

func (c *converter) anAttachment(r row, v map[string]any) {
	c.under("attachments", r, v)
	filename := files.CleanName(r.text("filename"))
	key := objectKey(r.text("url"))
	if key == "" {
		c.wrong(r, "it has no url, so its file cannot be found")
	}
	c.out.keys[NewId(r.id())] = key
	uploadedBy := "james"
	if by := strings.ToLower(r.text("uploadedBy")); by == "client" || c.known["clients "+r.text("uploadedBy")] {
		uploadedBy = "client"
	} else if by != "" && by != "james" && by != "owner" {
		c.wrong(r, fmt.Sprintf("uploadedBy is %q, which is neither james nor client", r.text("uploadedBy")))
	}
	maps.Copy(v, map[string]any{"session": c.parent(r, "session", "sessions", false), "filename": cmp.Or(filename, "file"), "size": c.number(r, "size"),
		"mimeType": r.text("mimeType"), "uploadedBy": uploadedBy})
	if s := r.text("session"); s != "" && c.known["sessions "+s] && c.project["sessions "+s] != r.text("project") {
		c.wrong(r, "its session "+s+" is one of another project")
	}
	if deliverable := c.held[r.id()]; deliverable != "" {
		v["deliverable"], v["version"] = NewId(deliverable), 1
	}
}

// objectKey returns an object's key from whatever address the old system stored.
func objectKey(address string) string {
	u, err := url.Parse(address)
	if err != nil || u.Scheme == "" {
		return strings.TrimPrefix(address, "/")
	}
	return strings.TrimPrefix(path.Clean(u.Path), "/")
}

func (c *converter) aDeliverable(r row, v map[string]any) {
	c.under("deliverables", r, v)
	c.title(r, v, "deliverable")
	status := c.one(r, "status", pb_migrations.DeliverableStatuses, "PENDING")
	delivered, approved := c.time(r, "deliveredAt"), c.time(r, "approvedAt")
	changed := v["updated"].(string)
	if status == "APPROVED" {
		approved = cmp.Or(approved, changed)
	} else {
		approved = ""
	}
	if status == "APPROVED" || status == "DELIVERED" {
		delivered = cmp.Or(delivered, changed)
	}
	maps.Copy(v, map[string]any{"description": r.text("description"), "status": status, "feedback": r.text("feedback"), "deliveredAt": delivered, "approvedAt": approved,
		"attachment": c.parent(r, "attachment", "attachments", false)})
	if file := r.text("attachment"); file != "" && c.known["attachments "+file] && c.project["attachments "+file] != r.text("project") {
		c.wrong(r, "its file "+file+" is one of another project")
	}
}

func (c *converter) anActionItem(r row, v map[string]any) {
	c.under("action_items", r, v)
	c.title(r, v, "action item")
	assigned := r.text("assignedTo")
	if c.known["clients "+assigned] {
		assigned = "client"
	}
	switch strings.ToLower(assigned) {
	case "", "client": // without a value the old system meant the client
		assigned = "client"
	case "james", "owner":
		assigned = "james"
	default:
		c.wrong(r, fmt.Sprintf("assignedTo is %q, which is neither client nor james", assigned))
	}
	maps.Copy(v, map[string]any{"assignedTo": assigned, "dueDate": c.time(r, "dueDate"), "completedAt": c.completed(r, v)})
}

func (c *converter) aComment(r row, v map[string]any) {
	project, parents := "", 0
	for _, p := range []struct{ column, collection string }{{"session", "sessions"}, {"milestone", "milestones"}, {"goal", "goals"}} {
		if old := r.text(p.column); old != "" {
			parents++
			v[p.column] = c.parent(r, p.column, p.collection, false)
			project = c.project[p.collection+" "+old]
		}
	}
	if parents != 1 {
		c.wrong(r, fmt.Sprintf("it hangs off %d of session, milestone and goal, and has to off exactly one", parents))
	}
	client := c.client[project]
	words, byOwner := r.text("body"), r.text("isJames") == "true"
	name := strings.Join(strings.Fields(r.text("authorName")), " ")
	if !byOwner {
		v["author"] = NewIdOrNone(client)
		name = cmp.Or(name, c.author[client], "Client")
	}
	deleted := c.time(r, "deletedAt")
	maps.Copy(v, map[string]any{"client": NewIdOrNone(client), "isJames": byOwner, "authorName": name, "editedAt": c.time(r, "editedAt"), "deletedAt": deleted, "body": words})
	switch {
	case deleted != "": // only the owner can read the deleted words
		v["body"], v["deletedBody"] = "", words
	case strings.TrimSpace(words) == "":
		c.wrong(r, "it has no words")
	}
}

func (c *converter) aBooking(r row, v map[string]any) {
	v["client"] = c.parent(r, "client", "clients", true)
	start, end := c.time(r, "startTime"), c.time(r, "endTime")
	if start == "" || end == "" || end < start {
		c.wrong(r, "it needs a startTime, and an endTime that is not before it")
	}
	event := r.text("calendarEventId")
	if event == "" {
		c.wrong(r, "it has no calendarEventId")
	}
	if other, taken := c.alone("calendarEventId", event, r); taken {
		c.wrong(r, "its calendarEventId is that of Booking "+other.id()+" too")
	}
	cancelled := c.time(r, "cancelledAt")
	switch strings.ToLower(r.text("status")) {
	case "", "confirmed", "tentative", "accepted", "scheduled", "completed":
	case "cancelled", "canceled", "declined":
		cancelled = cmp.Or(cancelled, v["updated"].(string))
	default:
		c.wrong(r, fmt.Sprintf("status is %q, which is neither confirmed nor cancelled", r.text("status")))
	}
	link := r.text("meetUrl")
	if u, err := url.Parse(link); link != "" && (err != nil || u.Scheme != "https" && u.Scheme != "http") {
		c.wrong(r, "its meeting link "+strconv.Quote(link)+" is no web address")
	}
	maps.Copy(v, map[string]any{"calendarEventId": event, "title": strings.Join(strings.Fields(r.text("title")), " "), "startTime": start, "endTime": end, "meetUrl": link,
		"cancelledAt": cancelled, "guest": c.guest[r.text("client")]})
}
