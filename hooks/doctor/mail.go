package doctor

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"github.com/pocketbase/dbx"
	"github.com/pocketbase/pocketbase/core"
	"github.com/pocketbase/pocketbase/tools/types"

	"greenroom/hooks/config"
	"greenroom/hooks/notify"
)

// mail tells how the mail server fares, and which notices it did not take.
func mail(p *patient) check {
	if p.data == nil {
		return check{}
	}
	c := check{Name: "mail", State: ok}
	var rows []struct {
		Name          string         `db:"name"`
		LastSuccessAt types.DateTime `db:"lastSuccessAt"`
		LastError     string         `db:"lastError"`
	}
	err := p.data.Select("name", "lastSuccessAt", "lastError").From("integrations").
		Where(dbx.NewExp("name = 'mail' OR name LIKE 'mail:%'")).OrderBy("name").All(&rows)
	if err != nil {
		c.State, c.Say, c.Do = fails, err.Error(), "Look at what the other checks say of the database"
		return c
	}
	c.Say = "no notice has been sent yet; greenroom doctor --mail you@example.org sends a mail to try"
	var troubles []string
	for _, r := range rows {
		if r.Name == "mail" && !r.LastSuccessAt.IsZero() {
			c.Say = "the last notices left at " + r.LastSuccessAt.Time().UTC().Format(time.RFC3339)
		}
		if trouble := strings.TrimSuffix(r.LastError, "."); trouble != "" && !slices.Contains(troubles, trouble) {
			troubles = append(troubles, trouble)
		}
	}
	if len(troubles) > 0 {
		c.State, c.Say = warning, fmt.Sprintf("%s; there is trouble: %s", c.Say, strings.Join(troubles, "; "))
		c.Do = "Check SMTP_URL and the addresses. In the dashboard, the collection outbox has what was not delivered; set its state to waiting to try again"
	}
	return c
}

// tryMail sends a mail as notices are sent. Unlike the examinations it takes the whole studio, for the dashboard may have
// the mail server's address.
func tryMail(app core.App, c config.Config, to string) check {
	tried := check{Name: "mail to " + to, State: fails}
	if _, err := os.Stat(filepath.Join(app.DataDir(), dataFile)); errors.Is(err, os.ErrNotExist) {
		tried.Say, tried.Do = "there is no studio yet that could send one", "Run greenroom serve once"
		return tried
	}
	err := app.Bootstrap()
	if err == nil {
		err = errors.Join(notify.Try(app, c, to), app.ClearBootstrap())
	}
	switch {
	case err != nil:
		tried.Say, tried.Do = strings.TrimSuffix(err.Error(), "."), "Check SMTP_URL, or the mail settings of the dashboard"
	case c.SMTP.Host == "":
		tried.State, tried.Say = ok, "it went to the mail server of the dashboard's settings or, without one, to a file in "+filepath.Join(app.DataDir(), notify.OutboxDirName)
	default:
		tried.State, tried.Say = ok, "the mail server took it; look whether it arrived, and not as spam"
	}
	return tried
}
