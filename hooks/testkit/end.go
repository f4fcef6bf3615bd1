package testkit

import "github.com/pocketbase/pocketbase/core"

// End ends an app as the program does: work in the background, such as writing the log, is over before the databases
// close, so that nothing is written into a folder that is about to be removed.
func End(app core.App) error {
	event := new(core.TerminateEvent)
	event.App = app
	return app.OnTerminate().Trigger(event, func(e *core.TerminateEvent) error { return e.App.ClearBootstrap() })
}
