package importer

import (
	"slices"
	"strings"
)

// model describes one of the ten collections in the old system.
type model struct {
	collection string
	tables     []string            // names that its table may have; case, underscores and plural are ignored
	columns    map[string][]string // by our field: names that the column may have, the likeliest first
	needed     []string            // fields without which nothing can be imported
}

// models are the ten, parents before children. A column may also have our own field's name.
var models = []*model{
	{"clients", []string{"Client"}, map[string][]string{"id": nil, "email": nil, "name": {"fullName", "displayName"}, "company": {"organisation", "organization"},
		"clerkId": {"clerkUserId"}, "stripeCustomerId": {"stripeId"}, "archivedAt": {"deletedAt"}, "timezone": nil, "created": {"createdAt"}, "updated": {"updatedAt"}},
		[]string{"email"}},
	{"projects", []string{"Project"}, map[string][]string{"id": nil, "client": {"clientId"}, "title": {"name"}, "description": {"summary"}, "serviceType": {"service", "type"},
		"status": nil, "dueDate": {"dueAt", "deadline"}, "created": {"createdAt"}, "updated": {"updatedAt"}}, []string{"client", "title", "serviceType"}},
	{"milestones", []string{"Milestone"}, map[string][]string{"id": nil, "project": {"projectId"}, "title": {"name"}, "description": nil, "sortOrder": {"order", "position"},
		"status": nil, "dueDate": {"dueAt"}, "created": {"createdAt"}, "updated": {"updatedAt"}}, []string{"project", "title"}},
	{"sessions", []string{"Session"}, map[string][]string{"id": nil, "project": {"projectId"}, "title": {"name"}, "date": {"startedAt", "sessionDate"},
		"durationMin": {"durationMinutes", "duration"}, "notes": {"body"}, "calendarEventId": {"eventId"}, "created": {"createdAt"}, "updated": {"updatedAt"}},
		[]string{"project", "title"}},
	{"goals", []string{"Goal"}, map[string][]string{"id": nil, "project": {"projectId"}, "title": {"name"}, "description": nil, "targetDate": {"dueDate"},
		"completedAt": {"doneAt"}, "done": {"completed", "isDone"}, "created": {"createdAt"}, "updated": {"updatedAt"}}, []string{"project", "title"}},
	{"attachments", []string{"Attachment", "File"}, map[string][]string{"id": nil, "project": {"projectId"}, "session": {"sessionId"}, "filename": {"name", "fileName"},
		"url": {"key", "storageKey"}, "size": {"sizeBytes", "fileSize"}, "mimeType": {"contentType"}, "uploadedBy": nil, "created": {"createdAt"}, "updated": {"updatedAt"}},
		[]string{"project", "filename", "url"}},
	{"deliverables", []string{"Deliverable"}, map[string][]string{"id": nil, "project": {"projectId"}, "title": {"name"}, "description": nil, "status": nil,
		"attachment": {"attachmentId", "fileId"}, "feedback": nil, "deliveredAt": nil, "approvedAt": nil, "created": {"createdAt"}, "updated": {"updatedAt"}},
		[]string{"project", "title"}},
	{"action_items", []string{"ActionItem"}, map[string][]string{"id": nil, "project": {"projectId"}, "title": {"name"}, "assignedTo": {"assignee", "owner"},
		"dueDate": {"dueAt"}, "completedAt": {"doneAt"}, "done": {"completed", "isDone"}, "created": {"createdAt"}, "updated": {"updatedAt"}},
		[]string{"project", "title"}},
	{"comments", []string{"Comment"}, map[string][]string{"id": nil, "session": {"sessionId"}, "milestone": {"milestoneId"}, "goal": {"goalId"},
		"body": {"content", "text"}, "isJames": {"isOwner"}, "authorName": {"author"}, "editedAt": nil, "deletedAt": nil, "created": {"createdAt"}, "updated": {"updatedAt"}},
		[]string{"body"}},
	{"bookings", []string{"Booking"}, map[string][]string{"id": nil, "client": {"clientId"}, "calendarEventId": {"eventId", "googleEventId"}, "title": {"summary"},
		"startTime": {"startAt", "start"}, "endTime": {"endAt", "end"}, "meetUrl": {"meetLink", "meetingUrl", "hangoutLink"}, "cancelledAt": {"canceledAt"}, "status": nil,
		"created": {"createdAt"}, "updated": {"updatedAt"}}, []string{"client", "calendarEventId", "startTime", "endTime"}},
}

// plain returns a name in lower case without underscores.
func plain(name string) string { return strings.ToLower(strings.ReplaceAll(name, "_", "")) }

// modelOf returns the model of a table; nil if it is none of them.
func modelOf(table string) *model {
	for _, m := range models {
		if slices.ContainsFunc(m.tables, func(t string) bool { return strings.TrimSuffix(plain(table), "s") == plain(t) }) {
			return m
		}
	}
	return nil
}

// word returns our field for a column; "" if it is not known.
func (m *model) word(column string) string {
	for word, others := range m.columns {
		if plain(column) == plain(word) || slices.ContainsFunc(others, func(o string) bool { return plain(o) == plain(column) }) {
			return word
		}
	}
	return ""
}
