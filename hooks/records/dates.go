package records

import (
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/types"
)

// acceptGivenDates accepts created and updated from requests of the owner that make a record, so that an import keeps the
// dates of the earlier system. PocketBase sets both if they are empty.
func acceptGivenDates(app core.App, collections ...string) {
	app.OnRecordCreateRequest(collections...).BindFunc(func(e *core.RecordRequestEvent) error {
		if !e.HasSuperuserAuth() {
			return e.Next()
		}
		sent := map[string]any{} // info.Body lacks them, since PocketBase would not set them
		if err := e.BindBody(&sent); err != nil {
			return e.BadRequestError("The request could not be read. Send JSON or a form.", err)
		}
		for _, name := range []string{"created", "updated"} {
			given, _ := sent[name].(string)
			if given == "" {
				continue
			}
			at, err := types.ParseDateTime(given)
			if err != nil || at.IsZero() {
				return refuse(name, "The "+name+" is a time in RFC 3339, such as 2024-05-01T10:00:00Z.")
			}
			e.Record.SetRaw(name, at)
		}
		return e.Next()
	})
}
