package pb_migrations

import (
	"github.com/pocketbase/pocketbase/core"
	m "github.com/pocketbase/pocketbase/migrations"
)

// A sound file is measured once, for loudness and length. The hidden field measured stores whether that was done.
func init() {
	m.Register(func(app core.App) error {
		return changeCollection(app, "attachments", func(c *core.Collection) {
			if c.Fields.GetByName("measured") == nil {
				c.Fields.Add(hidden(flag("measured")))
			}
			for name, words := range map[string]string{
				"durationMs": "How long a recording is, in milliseconds. Measured by the server, a while after the file came.",
				"lufs":       "How loud a recording is as a whole, by ITU-R BS.1770-4; 0 where it is not known. Measured by the server.",
				"peakDb":     "The true peak of a recording whose loudness is known, in dBTP. Measured by the server.",
				"peaks":      "The shape of a recording: 600 numbers from 0 to 255. Measured by the server.",
			} {
				explained(c.Fields.GetByName(name), words)
			}
		})
	}, func(app core.App) error {
		return changeCollection(app, "attachments", func(c *core.Collection) { c.Fields.RemoveByName("measured") })
	})
}
