package cascade

import (
	"context"
	"slices"
	"sync"

	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/routine"
)

// announcedInTime is the number of descendants whose hooks run before the delete is answered. The hooks of a larger
// tree run afterwards, because everything is committed and nobody needs to wait for them.
const announcedInTime = 500

// announce runs the hooks and tells live subscribers after the commit, the deepest records first, as PocketBase does.
func (c *cascade) announce(app core.App, announcing *sync.WaitGroup) {
	count := 0
	for _, ids := range c.gone {
		count += len(ids)
	}
	if count > announcedInTime {
		announcing.Go(func() {
			if err := routine.SafeWrap(func() error { c.tell(app); return nil })(); err != nil {
				app.Logger().Error("The hooks after a large delete stopped.", "error", err)
			}
		})
		return
	}
	c.tell(app)
}

func (c *cascade) tell(app core.App) {
	for _, collection := range c.deepestFirst {
		for _, id := range slices.Backward(c.gone[collection]) {
			event := new(core.ModelEvent)
			event.App, event.Context, event.Type = app, context.Background(), core.ModelEventTypeDelete
			event.Model = c.record(collection, id)
			if err := app.OnModelAfterDeleteSuccess().Trigger(event); err != nil {
				app.Logger().Error("A hook after a delete failed.", "collection", collection.Name, "id", id, "error", err)
			}
		}
	}
	for _, h := range c.heard {
		h.tell(app, c)
	}
}

// record returns a deleted record: complete if it was read before, else with only its id.
func (c *cascade) record(collection *core.Collection, id string) *core.Record {
	if record, ok := c.records[collection.Id+"/"+id]; ok {
		return record
	}
	record := core.NewRecord(collection)
	record.Id = id
	record.MarkAsNotNew()
	return record
}
