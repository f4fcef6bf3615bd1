package notify_test

import (
	"testing"

	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/config"
	"greenroom/hooks/notify"
	"greenroom/hooks/testkit"
)

// A studio is stopped before its start is complete. No work may begin on a database that is being closed.
func TestAStopDuringTheStart(t *testing.T) {
	c, err := config.Parse(nil)
	if err != nil {
		t.Fatal(err)
	}
	app := core.NewBaseApp(core.BaseAppConfig{DataDir: testkit.Dir(t)})
	notify.Register(app, c)
	if err := app.Bootstrap(); err != nil {
		t.Fatal(err)
	}
	router, err := apis.NewRouter(app)
	if err != nil {
		t.Fatal(err)
	}
	outbox := notify.Of(app)
	rounds := outbox.Freeze()
	serve := &core.ServeEvent{App: app, Router: router}
	err = app.OnServe().Trigger(serve, func(*core.ServeEvent) error {
		outbox.StopAll()
		return app.ClearBootstrap()
	})
	if err != nil {
		t.Error(err)
	}
	for _, job := range app.Cron().Jobs() {
		if job.Id() == "pruneOutbox" {
			t.Error("work was planned after the stop")
		}
	}
	if len(rounds) > 0 {
		t.Error("the outbox is at work after the stop")
	}
	outbox.Prune() // as if the schedule ran it at the same moment
}
