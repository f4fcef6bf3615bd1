// Package pb_migrations defines the database schema, the permission table and the first settings, in the order of the
// file names. Released migrations never change; every change of the schema is a new file.
package pb_migrations

import (
	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

var (
	ServiceTypes        = []string{"SOFTWARE", "ACCESSIBILITY", "AUDIO", "PRODUCTION", "MUSICIAN"}
	ProjectStatuses     = []string{"ACTIVE", "IN_REVIEW", "COMPLETED", "ON_HOLD"}
	MilestoneStatuses   = []string{"TODO", "ACTIVE", "DONE"}
	DeliverableStatuses = []string{"PENDING", "IN_PROGRESS", "DELIVERED", "APPROVED"}
	Assignees           = []string{"client", "james"}
	Uploaders           = []string{"james", "client"}
	NoticeChoices       = []string{"each", "daily", "none"}
	Notices             = []string{"sessionNotes", "milestoneStatus", "ownerComment", "deliverableReady", "actionItem", "clientComment", "clientVerdict"}
	NoticeStates        = []string{"waiting", "sending", "sent", "failed", "dropped"}
)

// Schema returns all collections as they were at first, ten for the studio's work and two for the machinery, parents
// before children. The relation client at the end of a record under a client is its client column: the hooks set it and
// the rules read it.
func Schema() []*core.Collection {
	return []*core.Collection{
		signIn(collection(core.CollectionTypeAuth, "clients",
			presentable(text("name", 200)), text("company", 200), text("clerkId", 100), hidden(text("stripeCustomerId", 100)), date("archivedAt"),
			hidden(integer("clerkNamedAt")), hidden(integer("clerkEmailedAt")), hidden(flag("madeByClerk")), hidden(text("feedKey", 100)),
			&core.SelectField{Name: "notices", Values: NoticeChoices}, text("digestAt", 5), text("timezone", 100), hidden(text("unsubscribeKey", 100)),
			hidden(date("invitedAt"))),
			"clerkId", "stripeCustomerId", "feedKey", "unsubscribeKey").with(unique("email COLLATE NOCASE"), uniqueWhenSet("clerkId")),

		base("projects", title(), required(cascade("client", "clients")), text("description", 10_000),
			oneOf("serviceType", ServiceTypes), oneOf("status", ProjectStatuses), date("dueDate")).
			with(index("client"), indexOf("client != ''", "status")),

		base("milestones", title(), required(cascade("project", "projects")), text("description", 10_000), integer("sortOrder"),
			oneOf("status", MilestoneStatuses), date("dueDate"), cascade("client", "clients")).
			with(index("project", "sortOrder"), index("client"), indexOf("status != 'DONE'", "dueDate")),

		base("sessions", title(), required(cascade("project", "projects")), date("date"), positive("durationMin"), text("notes", 100_000),
			text("calendarEventId", 1_100), cascade("client", "clients")).
			with(index("project"), index("client")),

		base("goals", title(), required(cascade("project", "projects")), text("description", 10_000), date("targetDate"), date("completedAt"),
			cascade("client", "clients")).
			with(index("project"), index("client")),

		base("attachments", presentable(text("filename", 255)), required(cascade("project", "projects")), cascade("session", "sessions"),
			file("file", 512<<20), text("url", 500), positive("size"), text("mimeType", 200), oneOf("uploadedBy", Uploaders),
			cascade("client", "clients")).
			with(index("project"), index("session"), index("client")),

		base("deliverables", title(), required(cascade("project", "projects")), text("description", 10_000),
			oneOf("status", DeliverableStatuses), relation("attachment", "attachments"), text("feedback", 10_000),
			date("deliveredAt"), date("approvedAt"), cascade("client", "clients")).
			with(index("project"), index("attachment"), uniqueWhenSet("attachment"), index("client"), indexOf("client != ''", "status")),

		base("action_items", title(), required(cascade("project", "projects")), oneOf("assignedTo", Assignees), date("dueDate"),
			date("completedAt"), cascade("client", "clients")).
			with(index("project"), index("client"), indexOf("completedAt = ''", "dueDate")),

		base("comments", presentable(text("body", 10_000)), cascade("session", "sessions"), cascade("milestone", "milestones"),
			cascade("goal", "goals"), flag("isJames"), text("authorName", 255), date("editedAt"), date("deletedAt"),
			hidden(text("deletedBody", 10_000)), hidden(flag("lastWord")), cascade("client", "clients")).
			with(index("session"), index("milestone"), index("goal"), index("client"), indexOf("lastWord", "isJames", "client")),

		base("bookings", presentable(text("title", 1_000)), required(cascade("client", "clients")), required(date("startTime")),
			required(date("endTime")), text("meetUrl", 2_000), date("cancelledAt"), required(text("calendarEventId", 1_100)),
			hidden(text("guest", 320)), hidden(text("seriesId", 1_100)), hidden(integer("sequence"))).
			with(index("client"), index("startTime"), unique("calendarEventId"), index("seriesId")),

		base("integrations", presentable(required(text("name", 255))), text("state", 100), text("cursor", 10_000), date("lastSuccessAt"),
			text("lastError", 2_000)).
			with(unique("name")),

		base("outbox", presentable(required(text("about", 15))), oneOf("notice", Notices), oneOf("recipient", Assignees),
			required(cascade("client", "clients")), required(cascade("project", "projects")), oneOf("state", NoticeStates),
			required(date("happenedAt")), date("nextAttemptAt"), integer("attempts"), date("sentAt"), text("lastError", 2_000)).
			with(index("client"), index("project"), index("state", "nextAttemptAt")),
	}
}

func init() {
	m.Register(func(app core.App) error {
		// PocketBase's stock collection, in which guests could sign up.
		if users, err := app.FindCollectionByNameOrId("users"); err == nil {
			if err := app.Delete(users); err != nil {
				return err
			}
		}
		for _, c := range Schema() {
			if err := app.Save(c); err != nil {
				return err
			}
		}
		return nil
	}, func(app core.App) error {
		all := Schema()
		for i := len(all) - 1; i >= 0; i-- {
			c, err := app.FindCollectionByNameOrId(all[i].Name)
			if err != nil {
				return err
			}
			if err := app.Delete(c); err != nil {
				return err
			}
		}
		return nil
	})
}
