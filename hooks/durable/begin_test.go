package durable_test

import (
	"net"
	"os"
	"strings"
	"testing"
	"time"

	"github.com/pocketbase/pocketbase/apis"
	"github.com/pocketbase/pocketbase/core"

	"greenroom/hooks/config"
	"greenroom/hooks/durable"
	"greenroom/hooks/testkit"
)

// A server whose address is taken ends without having uploaded anything, since it never served.
func TestAServerThatIsRefusedUploadsNothing(t *testing.T) {
	t.Parallel()
	taken, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer taken.Close()
	folder := t.TempDir()
	s := &server{t: t, binary: testkit.Binary(t), data: t.TempDir(), environment: map[string]string{"REPLICA_URL": "file://" + folder}}
	if said := s.refuses("serve", "--http", taken.Addr().String()); !strings.Contains(said, "address already in use") {
		t.Errorf("the server said %q", said)
	}
	if uploaded, err := os.ReadDir(folder); err != nil || len(uploaded) > 0 {
		t.Errorf("in the replica are %v, %v", uploaded, err)
	}
}

// The schedule starts a drill while the server stops. It must not begin, because the databases are being closed.
func TestNoDrillBeginsDuringAStop(t *testing.T) {
	t.Parallel()
	c, err := config.Parse(map[string]string{"REPLICA_URL": "file://" + t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	app := core.NewBaseApp(core.BaseAppConfig{DataDir: testkit.Dir(t)})
	flush := durable.Replicate(app, c)
	if err := app.Bootstrap(); err != nil {
		t.Fatal(err)
	}
	router, err := apis.NewRouter(app)
	if err != nil {
		t.Fatal(err)
	}
	if err := app.OnServe().Trigger(&core.ServeEvent{App: app, Router: router}, func(*core.ServeEvent) error { return nil }); err != nil {
		t.Fatal(err)
	}
	if err := flush(t.Context()); err != nil {
		t.Error(err)
	}
	if err := app.ClearBootstrap(); err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	for _, job := range app.Cron().Jobs() {
		if job.Id() == "greenroomRestoreDrill" {
			go func() {
				defer close(ended)
				job.Run()
			}()
		}
	}
	select {
	case <-ended:
	case <-time.After(time.Minute):
		t.Error("the drill goes on, or is not on schedule")
	}
}
