package access

import (
	"fmt"
	"regexp"
	"strings"
	"sync/atomic"

	"github.com/pocketbase/pocketbase/core"
)

const (
	maxLoggedBytes = 512 // of one text in a log line
	// maxLogBytes limits the log's database, whatever the age of its lines. The file keeps its size when lines are
	// deleted, and reuses the space.
	maxLogBytes = 100 << 20
	logCheck    = 1000 // lines between two checks of the size, a few megabytes at most
)

// boundLog prevents that visitors fill the disk through the log: long texts are cut, requests answered 404 or 429 are
// not logged, and the oldest lines are deleted when the log reaches its limit. Secrets in addresses are removed.
func boundLog(app core.App, maxBytes int64) {
	var lines atomic.Int64
	app.OnModelCreate(core.LogsTableName).BindFunc(func(e *core.ModelEvent) error {
		line, ok := e.Model.(*core.Log)
		if !ok {
			return e.Next()
		}
		if line.Data["type"] == "request" {
			if status := fmt.Sprint(line.Data["status"]); status == "404" || status == "429" {
				return nil
			}
		}
		line.Message = shortened(line.Message)
		for key, value := range line.Data {
			line.Data[key] = cut(value)
		}
		if lines.Add(1)%logCheck == 0 {
			if err := dropOldest(e.App, maxBytes); err != nil {
				return err
			}
		}
		return e.Next()
	})
}

// secretsInAddresses matches query parameters that open a protected file, a feed or a form without a header.
var secretsInAddresses = regexp.MustCompile(`(?i)([?&](?:token|key|code|state|signature|x-amz-signature)=)[^&\s"]+`)

func shortened(text string) string {
	if len(text) > 8*maxLoggedBytes { // the rest would be cut below
		text = text[:8*maxLoggedBytes]
	}
	text = secretsInAddresses.ReplaceAllString(text, "${1}…")
	if len(text) <= maxLoggedBytes {
		return text
	}
	return strings.ToValidUTF8(text[:maxLoggedBytes], "") + "…"
}

// cut shortens every text within a logged value.
func cut(value any) any {
	switch v := value.(type) {
	case string:
		return shortened(v)
	case error:
		return shortened(v.Error())
	case map[string]any:
		for key, inner := range v {
			v[key] = cut(inner)
		}
	case []any:
		for i, inner := range v {
			v[i] = cut(inner)
		}
	}
	return value
}

// dropOldest deletes a quarter of the lines if the log has reached nine tenths of its limit.
func dropOldest(app core.App, maxBytes int64) error {
	var used int64
	err := app.AuxDB().NewQuery("SELECT (page_count - freelist_count) * page_size FROM pragma_page_count, pragma_freelist_count, pragma_page_size").Row(&used)
	if err != nil || used < maxBytes*9/10 {
		return err
	}
	_, err = app.AuxDB().NewQuery("DELETE FROM {{_logs}} WHERE rowid IN (SELECT rowid FROM {{_logs}} ORDER BY created LIMIT (SELECT count(*)/4 FROM {{_logs}}))").Execute()
	return err
}
