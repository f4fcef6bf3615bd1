package access

import (
	"fmt"
	"regexp"
	"strings"
	"sync/atomic"

	"github.com/pocketbase/pocketbase/core"
)

const (
	maxLoggedBytes = 512 // of one text in a line
	// maxLogBytes is how large the log's database gets, whatever its age. What is deleted makes room in the file.
	maxLogBytes = 100 << 20
	logCheck    = 1000 // lines between two looks at the size: a few megabytes at most
)

// boundLog keeps what visitors send from filling the disk by way of the log: long texts are cut, what is refused
// because it is not there or comes too often is no line, and the oldest lines go before the file is too large. Secrets
// in addresses are taken out.
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

// secretsInAddresses are the tokens by which a protected file, a feed or a form is opened without a header.
var secretsInAddresses = regexp.MustCompile(`(?i)([?&](?:token|key|code|state|signature|x-amz-signature)=)[^&\s"]+`)

func shortened(text string) string {
	if len(text) > 8*maxLoggedBytes { // the rest is cut anyway
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

// dropOldest deletes a quarter of the lines where they fill more than they may.
func dropOldest(app core.App, maxBytes int64) error {
	var used int64
	err := app.AuxDB().NewQuery("SELECT (page_count - freelist_count) * page_size FROM pragma_page_count, pragma_freelist_count, pragma_page_size").Row(&used)
	if err != nil || used < maxBytes*9/10 {
		return err
	}
	_, err = app.AuxDB().NewQuery("DELETE FROM {{_logs}} WHERE rowid IN (SELECT rowid FROM {{_logs}} ORDER BY created LIMIT (SELECT count(*)/4 FROM {{_logs}}))").Execute()
	return err
}
